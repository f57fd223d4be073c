import type { ReactNode } from "react";
import { Card } from "../../../ui/Page";
import type { ReadinessProblem } from "./queries";

type Name = ReadinessProblem["section"] | "tracking" | "summary";

/** A part of the composer that the checklist leads to. */
export function Section({ name, title, aside, children }: { name: Name; title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section id={name} aria-label={title} style={{ scrollMarginTop: 72 }}>
      <Card title={title} aside={aside}>
        {children}
      </Card>
    </section>
  );
}

/** To the first field of a section. */
export function goTo(name: string): void {
  const section = document.getElementById(name);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  section?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  section?.querySelector<HTMLElement>("input:not([type=hidden]):not(:disabled), textarea, select, button")?.focus({ preventScroll: true });
}
