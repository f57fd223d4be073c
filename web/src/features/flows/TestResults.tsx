import { Group, Paper, Stack, Text } from "@mantine/core";
import { IconTrophy } from "@tabler/icons-react";
import { count, rate } from "../../ui/format";
import { Time } from "../../ui/Time";
import type { FlowTest } from "./queries";

const DECIDES: Readonly<Record<string, string>> = { "unique-opens": "opens", "unique-clicks": "clicks", "unique-placed-orders": "orders" };

/** How a test stands, and what came of each variation. */
export function TestResults({ of }: { of: FlowTest }) {
  return (
    <Stack gap="xs">
      <Text size="sm">
        <Standing of={of} />
      </Text>
      <Stack gap={6} role="list" aria-label="Results of the variations">
        {of.variations.map((each) => (
          <Paper key={each.id} withBorder p="xs" role="listitem">
            <Group gap={6} wrap="nowrap" justify="space-between">
              <Text size="sm" fw={600} lineClamp={1}>
                {each.name}
                {each.subject && each.subject !== each.name && `: ${each.subject}`}
              </Text>
              {of.winner === each.id && <IconTrophy size={16} aria-label="Winner" />}
            </Group>
            <Text size="xs" c="dimmed">
              {Math.round(each.share * 100)} % of people · {count(each.delivered)} delivered
            </Text>
            <Text size="xs">
              {rate(each.opened, each.delivered)} opened · {rate(each.clicked, each.delivered)} clicked · {rate(each.ordered, each.delivered)} ordered
            </Text>
          </Paper>
        ))}
      </Stack>
    </Stack>
  );
}

function Standing({ of: { state, started, winner, leader, winner_metric, variations } }: { of: FlowTest }) {
  const named = (id: string | null) => variations.find((each) => each.id === id)?.name;
  if (state === "completed" && variations.every(({ delivered }) => delivered === 0)) return <>The test ended before anybody had a message. Everybody gets “{named(winner) ?? "the first variation"}”.</>;
  if (state === "completed") return <>{named(winner) ? `The test is over: “${named(winner) ?? ""}” won.` : "The test is over."} Everybody gets the winner.</>;
  const ahead = named(leader);
  return (
    <>
      The test began <Time at={started} />, and is decided by {DECIDES[winner_metric] ?? winner_metric}. {ahead ? `“${ahead}” is ahead.` : "Nobody had a message yet."}
    </>
  );
}
