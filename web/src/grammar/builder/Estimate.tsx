import { Group, Loader, Stack, Text } from "@mantine/core";
import type { useEstimate } from "../queries";
import type { SegmentEstimate } from "../../api/types";
import { count } from "../../ui/format";
import { Card } from "../../ui/Page";
import { Time } from "../../ui/Time";

interface EstimateProps {
  query: ReturnType<typeof useEstimate>;
  complete: boolean;
  /** The change that was made is still on its way to the server. */
  waiting: boolean;
}

/** How many it would be now, and a few of them. */
export function Estimate({ query, complete, waiting }: EstimateProps) {
  const estimate = query.data?.data.attributes;
  const busy = complete && (waiting || query.isFetching);
  return (
    <Card title="Who would be in it" aside={busy && <Loader size={16} aria-label="Counting" />}>
      <Stack gap="xs" aria-live="polite" aria-busy={busy} style={{ opacity: busy || !complete ? 0.6 : 1 }}>
        {estimate && <Numbers of={estimate} />}
        {!complete && <Note>Fill the marked gaps, and it is counted.</Note>}
        {complete && query.unknown && <Note>This server can’t count ahead. Save, and the members are listed.</Note>}
        {complete && query.error && !query.unknown && <Note>{query.error.message}</Note>}
        {complete && !estimate && !query.error && <Note>Counting …</Note>}
      </Stack>
    </Card>
  );
}

function Note({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}

function Numbers({ of }: { of: SegmentEstimate }) {
  return (
    <>
      <Group gap={6} align="baseline">
        <Text fz={28} fw={640} lh={1.2} data-testid="estimate">
          {count(of.profile_count)}
        </Text>
        <Text size="sm" c="dimmed">
          {of.profile_count === 1 ? "person" : "people"}, <Time at={of.as_of} />
        </Text>
      </Group>
      {of.sample.length > 0 && (
        <Text size="xs" c="dimmed">
          Among them
        </Text>
      )}
      <Stack gap={4} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {of.sample.map((person, place) => (
          <Text key={place} component="li" size="sm" style={{ overflowWrap: "anywhere" }}>
            {person.email ?? person.phone_number ?? "Somebody without an address"}
          </Text>
        ))}
      </Stack>
    </>
  );
}
