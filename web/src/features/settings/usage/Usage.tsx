import { Progress, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { count, day, rate, words } from "../../../ui/format";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { useUsage, type Counted } from "./queries";

const NAMES: Record<string, [title: string, about: string]> = {
  email_sends: ["E-mails sent", "This calendar month."],
  sms_sends: ["Text messages sent", "This calendar month."],
  active_profiles: ["Active profiles", "People with a phone number, or an address that is not suppressed."],
};

export function Usage() {
  const query = useUsage();
  const first = query.data?.data[0]?.attributes;
  if (!query.data) return query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={180} radius="lg" />;
  return (
    <Stack gap="md">
      {first && (
        <Text size="sm" c="dimmed">
          From {day(first.period_start, "UTC")} to {day(lastDay(first.period_end), "UTC")}, by UTC. Counted <Time at={first.as_of} />.
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        {query.data.data.map(({ id, attributes }) => (
          <Meter key={id} id={id} of={attributes} />
        ))}
      </SimpleGrid>
      <Text size="sm" c="dimmed">
        Whoever runs this installation sets a limit with <code>rapport account --limit email_sends=50000</code>. It is shown here and holds
        nobody back.
      </Text>
    </Stack>
  );
}

/** The period ends right before its end. */
const lastDay = (end: string): string => new Date(Date.parse(end) - 1).toISOString();

function Meter({ id, of }: { id: string; of: Counted }) {
  const [title, about] = NAMES[id] ?? [words(id), ""];
  const { usage_used: used, usage_max: limit } = of;
  const part = limit > 0 ? Math.min(100, (100 * used) / limit) : 0;
  return (
    <Card title={title}>
      <Text fz={28} fw={620} lh={1.2}>
        {count(used)}
      </Text>
      <Text size="sm" c="dimmed">
        {limit > 0 ? `${rate(used, limit)} of ${count(limit)}` : "No limit is set"}
      </Text>
      {limit > 0 && <Progress value={part} color={colour(used, limit)} mt="sm" aria-label={`${title}: ${rate(used, limit)} of the limit`} />}
      <Text size="xs" c="dimmed" mt="sm">
        {about}
      </Text>
    </Card>
  );
}

function colour(used: number, limit: number): string {
  if (used >= limit) return "red";
  return used >= 0.8 * limit ? "yellow" : "spruce";
}
