import { Button, Group, Select, Switch } from "@mantine/core";
import { IconActivity } from "@tabler/icons-react";
import { Link } from "react-router";
import { useEffect } from "react";
import { useMetrics } from "../../grammar/queries";
import { useEvents } from "./queries";
import { rowsOf } from "../../api/records";
import { useAddress } from "../../ui/address";
import { Card, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { EventList } from "./Table";

export function Events() {
  const [metric, setMetric] = useAddress("metric");
  const [paused, setPaused] = useAddress("paused");
  const events = useEvents({ metric }, !paused);
  const reading = (events.data?.pages.length ?? 0) > 1;
  return (
    <Page title="Events" subtitle="Everything that happens, as it happens.">
      <Group justify="space-between">
        <MetricFilter value={metric} onChange={setMetric} />
        <Switch
          label={paused ? "Paused" : reading ? "Waits while you read on" : "Live"}
          checked={!paused}
          onChange={(event) => setPaused(event.currentTarget.checked ? null : "1")}
        />
      </Group>
      <Card flush>
        <EventList pages={events} empty={<NoneYet filtered={Boolean(metric)} />} />
      </Card>
    </Page>
  );
}

interface MetricFilterProps {
  value: string;
  onChange: (value: string | null) => void;
}

function MetricFilter({ value, onChange }: MetricFilterProps) {
  const metrics = useMetrics();
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = metrics;
  // A menu has no bottom to scroll to: it needs all of them, and there are hundreds at most.
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const rows = rowsOf(metrics.data) ?? [];
  const data = rows.map(({ id, attributes }) => ({ value: id, label: attributes.name ?? id }));
  return (
    <Select
      value={value || null}
      onChange={onChange}
      data={data.sort((one, other) => one.label.localeCompare(other.label))}
      placeholder="Every metric"
      aria-label="Metric"
      nothingFoundMessage="No such metric"
      searchable
      clearable
      flex="1 1 220px"
      maw={320}
    />
  );
}

function NoneYet({ filtered }: { filtered: boolean }) {
  return (
    <Empty
      icon={IconActivity}
      title={filtered ? "No such event yet" : "Waiting for the first event"}
      action={
        <Button component={Link} to="/" variant="light" size="xs">
          How to send one
        </Button>
      }
    >
      {filtered
        ? "This page keeps looking. Choose another metric to see other events."
        : "This page keeps looking: send one through an SDK or with curl, and it appears within two seconds."}
    </Empty>
  );
}
