import { Alert, Group, Progress as Bar, Stack, Text } from "@mantine/core";
import { IconPlayerPause } from "@tabler/icons-react";
import type { CampaignOverview } from "../../api/types";
import { count, rate } from "../../ui/format";
import { Card } from "../../ui/Page";
import { useDraftSeen } from "./queries";

/** How far the sending is, as long as it goes on. */
export function Progress({ id, of }: { id: string; of: CampaignOverview }) {
  const sending = useDraftSeen(id, true).draft?.sending;
  const done = Math.max(of.total - of.queued, 0);
  const waits = of.tests.reduce((sum, { waiting }) => sum + waiting, 0);
  return (
    <Card title={of.paused ? "Paused" : "Going out"}>
      <Stack gap="sm">
        {of.paused && (
          <Alert color="yellow" icon={<IconPlayerPause />}>
            Nothing more goes out until it is resumed. What waits is kept.
          </Alert>
        )}
        <Bar value={of.total > 0 ? (100 * done) / of.total : 0} aria-label="Sent so far" size="lg" animated={!of.paused && of.queued > 0} />
        <Group justify="space-between" gap="xs">
          <Text size="sm" aria-live="polite">
            {count(done)} of {count(of.total)}
            {!of.is_counted && " and more"} {of.total > 0 && `· ${rate(done, of.total)}`}
          </Text>
          <Text size="sm" c="dimmed">
            {count(of.last_minute)} in the last minute
          </Text>
        </Group>
        {sending?.strategy === "throttled" && (
          <Text size="sm" c="dimmed">
            It goes out in parts: {sending.percentage} % of the audience each hour.
          </Text>
        )}
        {waits > 0 && (
          <Text size="sm" c="dimmed">
            {count(waits)} wait for the winner of the A/B test.
          </Text>
        )}
      </Stack>
    </Card>
  );
}
