import { Button, Group, Paper, Text } from "@mantine/core";
import { useEffect, type ReactNode } from "react";
import { announce } from "../announce";
import { count } from "../format";
import table from "./Table.module.css";

/** What can be done with the chosen rows, at the foot of the window as long as some are. */
export function SelectionBar({ number, clear, children }: { number: number; clear: () => void; children: ReactNode }) {
  const words = `${count(number)} selected`;
  useEffect(() => announce(words, { quiet: true }), [words]);
  return (
    <Paper className={table.bar} shadow="md" role="region" aria-label="Selected rows">
      <Group gap="xs" justify="space-between">
        <Text size="sm" fw={600}>
          {words}
        </Text>
        <Group gap="xs">
          {children}
          <Button size="xs" variant="subtle" color="gray" onClick={clear}>
            Clear
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}
