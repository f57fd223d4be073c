import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconTarget, IconTrophy } from "@tabler/icons-react";
import { useState } from "react";
import type { CampaignOverview } from "../../api/types";
import { Confirm } from "../../ui/Confirm";
import { count, rate } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { Card } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { useChoose } from "./queries";

type Test = CampaignOverview["tests"][number];
type Result = Test["variations"][number];

/** How the variations do, and who wins. */
export function Tests({ of }: { of: CampaignOverview }) {
  return of.tests.map((test) => (
    <Card key={test.message_id} title="A/B test">
      <Stack gap="sm">
        <Text size="sm">{standing(test)}</Text>
        {test.decided_at && !test.winner && (
          <Text size="sm" c="dimmed">
            The winner is chosen by itself: <Time at={test.decided_at} ahead />
          </Text>
        )}
        <Table.ScrollContainer minWidth={520}>
          <Table aria-label="Results of the variations">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Variation</Table.Th>
              <Table.Th ta="right">Delivered</Table.Th>
              {COLUMNS.map(([field, metric, label]) => (
                <Table.Th key={field} ta="right">
                  {label}
                  {metric === test.metric && <IconTarget size={14} style={{ verticalAlign: "-2px", marginInlineStart: 4 }} aria-label="decides" />}
                </Table.Th>
              ))}
              <Table.Th ta="right">Choice</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {test.variations.map((result) => (
              <Row key={result.id} test={test} result={result} />
            ))}
          </Table.Tbody>
        </Table>
        </Table.ScrollContainer>
      </Stack>
    </Card>
  ));
}

/** What people did, and which choice of the winner it decides. */
const COLUMNS = [
  ["opened", "opens_unique", "Opened"],
  ["clicked", "clicks_unique", "Clicked"],
  ["ordered", "placed_orders_unique", "Ordered"],
] as const;

function standing({ winner, chosen_by, waiting, variations }: Test): string {
  const name = variations.find(({ id }) => id === winner)?.name;
  if (name) return chosen_by === "hand" ? `“${name}” was chosen by hand.` : `“${name}” won.`;
  if (waiting > 0) return `${count(waiting)} people wait for the winner.`;
  return "Everybody takes part; nobody waits for a winner.";
}

function Row({ test, result }: { test: Test; result: Result }) {
  const [asking, setAsking] = useState(false);
  const choose = useChoose(test.message_id);
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          {result.name}
          {test.winner === result.id && <IconTrophy size={16} aria-label="Winner" />}
        </Group>
        {result.subject && (
          <Text size="xs" c="dimmed">
            {result.subject}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">{count(result.delivered)}</Table.Td>
      {COLUMNS.map(([field]) => (
        <Table.Td key={field} ta="right">
          {count(result[field])} · {rate(result[field], result.delivered)}
        </Table.Td>
      ))}
      <Table.Td ta="right">
        {!test.winner && test.waiting > 0 && (
          <Offered by="choose_campaign_winner">
            <Button size="compact-sm" variant="default" onClick={() => setAsking(true)} aria-label={`Choose this one: ${result.name}`}>
              Choose this one
            </Button>
            <Confirm
              opened={asking}
              close={() => setAsking(false)}
              title={`Send “${result.name}” to the others?`}
              action={`Send to ${count(test.waiting)} people`}
              onConfirm={() => choose.mutate(result.id, { onSuccess: () => setAsking(false) })}
              pending={choose.isPending}
              error={choose.error}
              grave={false}
            >
              The test ends, and the {count(test.waiting)} people who wait get it now.
            </Confirm>
          </Offered>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
