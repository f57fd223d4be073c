import { Alert, Button, Group, Progress, SegmentedControl, Select, Skeleton, Stack, Text } from "@mantine/core";
import { IconEye, IconTargetArrow } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useAddress } from "../../../ui/address";
import { Card } from "../../../ui/Page";
import { Empty, Problem } from "../../../ui/States";
import { Models } from "./Models";
import { useModels, useOrders, useSettings, type Settings } from "./queries";
import { SettingsForm } from "./SettingsForm";

/** Timeframes, with the interval in which each is drawn. */
const TIMEFRAMES: Record<string, [string, string]> = {
  last_7_days: ["Last 7 days", "daily"],
  last_30_days: ["Last 30 days", "daily"],
  last_90_days: ["Last 90 days", "weekly"],
  last_365_days: ["Last 365 days", "monthly"],
};
const GROUPS = [
  { value: "channel", label: "Channel" },
  { value: "campaign", label: "Campaign" },
  { value: "flow", label: "Flow" },
];

export function Attribution() {
  const settings = useSettings();
  const orders = useOrders();
  const saved = settings.data?.data.attributes;
  const [preview, setPreview] = useState<Settings | null>(null);
  return (
    <Stack gap="lg">
      {settings.error && !saved && <Problem error={settings.error} retry={settings.refetch} />}
      {saved?.recomputing && <Recomputing progress={saved.progress ?? 0} />}
      {preview && <Previewing end={() => setPreview(null)} />}
      {orders.error && orders.id === undefined && <Problem error={orders.error} retry={orders.refetch} />}
      {orders.id === undefined && !orders.error && <Skeleton height={320} radius="lg" />}
      {orders.id === null && <NoOrders />}
      {orders.id && <Report metric={orders.id} preview={preview} model={saved?.model ?? "last-touch"} />}
      {settings.data && <SettingsForm document={settings.data} preview={setPreview} />}
    </Stack>
  );
}

function Recomputing({ progress }: { progress: number }) {
  return (
    <Alert title="The history is being credited anew" role="status" maw={760}>
      <Text size="sm" mb="xs">
        Until it is done, every report follows the settings before.
      </Text>
      <Progress value={Math.max(2, 100 * progress)} aria-label="Part of the history that is done" />
    </Alert>
  );
}

function Previewing({ end }: { end: () => void }) {
  return (
    <Alert color="yellow" icon={<IconEye />} title="A preview: these settings are not saved" role="status" maw={760}>
      <Button size="xs" variant="default" onClick={end}>
        Show what is in force
      </Button>
    </Alert>
  );
}

function NoOrders() {
  return (
    <Card>
      <Empty
        icon={IconTargetArrow}
        title="No orders yet"
        action={
          <Button component={Link} to="/" variant="light" size="xs">
            How to send one
          </Button>
        }
      >
        Once the shop sends its first <code>Placed Order</code>, this page shows which messages earned it.
      </Empty>
    </Card>
  );
}

function Report({ metric, preview, model }: { metric: string; preview: Settings | null; model: string }) {
  const [groupBy, setGroupBy] = useAddress("by");
  const [timeframe, setTimeframe] = useAddress("timeframe");
  const by = groupBy || "channel";
  const key = timeframe in TIMEFRAMES ? timeframe : "last_30_days";
  const interval = TIMEFRAMES[key]?.[1] ?? "daily";
  const report = useModels(metric, by, key, interval, preview);
  const data = report.data?.data.attributes;
  return (
    <>
      <Group justify="space-between">
        <SegmentedControl data={GROUPS} value={by} onChange={setGroupBy} aria-label="Grouped by" />
        <Select
          data={Object.entries(TIMEFRAMES).map(([value, [label]]) => ({ value, label }))}
          value={key}
          onChange={setTimeframe}
          allowDeselect={false}
          aria-label="Timeframe"
        />
      </Group>
      {!data && report.error && <Problem error={report.error} retry={report.refetch} />}
      {!data && !report.error && <Skeleton height={320} radius="lg" />}
      {data && <Models of={data} by={by} interval={interval} model={model} />}
    </>
  );
}
