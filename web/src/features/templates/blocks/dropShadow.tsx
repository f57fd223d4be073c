import { IconShadow } from "@tabler/icons-react";
import { at, AROUND, block, SHOWN, style, textAt, type Kind, type ViewProps } from "./kind";

const STRENGTH: Record<string, string> = { light: "0.08", medium: "0.18", dark: "0.32" };

function View({ of }: ViewProps) {
  const strength = STRENGTH[textAt(at(of, "data", "styles"), "shadow_color")] ?? STRENGTH.medium;
  return <div style={{ height: 12, background: `linear-gradient(rgb(0 0 0 / ${strength}), transparent)` }} />;
}

export const dropShadow: Kind = {
  label: "Shadow",
  about: "Lifts what is above it",
  icon: IconShadow,
  words: () => "Shadow",
  start: () => block("drop_shadow", { styles: { shadow_color: "medium" } }),
  View,
  groups: [
    {
      title: "Shadow",
      fields: [{ control: "choice", label: "Strength", path: style("shadow_color"), options: [["light", "Light"], ["medium", "Medium"], ["dark", "Dark"]] }],
    },
    AROUND,
    SHOWN,
  ],
  offered: false,
};
