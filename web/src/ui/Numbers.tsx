import { Paper, SimpleGrid, Skeleton, Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Numbers.module.css";

export interface Figure {
  label: string;
  value: ReactNode;
  /** Below the number: a rate, or what it is a part of. */
  note?: ReactNode;
}

/** Big numbers in a row; `figures` without values yet are drawn as skeletons by their labels. */
export function Numbers({ figures, waiting }: { figures: Figure[]; waiting?: boolean }) {
  const columns = figures.length % 3 === 0 ? 3 : 4;
  return (
    <SimpleGrid cols={{ base: figures.length === 3 ? 3 : 2, md: columns, lg: figures.length > 4 ? figures.length : columns }} spacing="sm">
      {figures.map(({ label, value, note }) => (
        <Paper key={label} p="md" className={classes.figure}>
          <Text size="xs" c="dimmed" fw={500}>
            {label}
          </Text>
          {waiting ? <Skeleton height={28} width="60%" mt={8} /> : <div className={classes.value}>{value}</div>}
          {!waiting && note && (
            <Text size="xs" c="dimmed" component="div">
              {note}
            </Text>
          )}
        </Paper>
      ))}
    </SimpleGrid>
  );
}
