import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Facts.module.css";

export type Fact = [label: string, value: ReactNode];

interface FactsProps {
  facts: Fact[];
  mono?: boolean;
  /** Long names and short numbers: the numbers stand on the right. */
  tally?: boolean;
}

/** Names and values, one under the other. Values that are not there are left out. */
export function Facts({ facts, mono, tally }: FactsProps) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (known.length === 0) return <Text size="sm" c="dimmed">Nothing here yet.</Text>;
  return (
    <dl className={classes.facts} data-mono={mono || undefined} data-tally={tally || undefined}>
      {known.map(([label, value]) => (
        <div key={label} className={classes.fact}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Any JSON object as facts; what is nested is shown as it would be sent. */
export function Properties({ of }: { of: Record<string, unknown> | null | undefined }) {
  const facts = Object.entries(of ?? {}).map(([name, value]): Fact => [name, shown(value)]);
  return <Facts facts={facts} mono />;
}

function shown(value: unknown): ReactNode {
  if (typeof value === "string" && /^https?:\/\/\S+$/.test(value)) {
    return (
      <a href={value} target="_blank" rel="noreferrer">
        {value}
      </a>
    );
  }
  if (value !== null && typeof value === "object") return <pre className={classes.json}>{JSON.stringify(value, null, 2)}</pre>;
  return String(value);
}
