import { Badge, Group, NativeSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconCode } from "@tabler/icons-react";
import { rowsOf } from "../../api/records";
import type { Resource } from "../../api/types";
import { useAddress } from "../../ui/address";
import { Endless, type Column } from "../../ui/Endless";
import { count } from "../../ui/format";
import { Card } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { Time } from "../../ui/Time";
import { useApiCalls, type ApiCall } from "./queries";

/** The last calls of a key, as they come, with what was refused and why. */
export function Calls() {
  const [key, setKey] = useAddress("key");
  const [show, setShow] = useAddress("show");
  const pages = useApiCalls(key, show === "refused");
  return (
    <Card title="Last calls" flush>
      <Group gap="xs" px="lg" pb="sm">
        <SegmentedControl
          size="xs"
          aria-label="Calls to show"
          data={[
            { value: "", label: "All" },
            { value: "refused", label: "Refused" },
          ]}
          value={show}
          onChange={(next) => setShow(next || null)}
        />
        <Keys value={key} onChange={setKey} />
      </Group>
      <Endless
        pages={pages}
        columns={COLUMNS}
        label="Last calls"
        empty={
          <Empty icon={IconCode} title={key || show ? "No such calls" : "No calls yet"}>
            {key || show
              ? "Choose “All” and every key to see all calls."
              : "The last 200 calls of each key are listed here: what was called, how it was answered, and why it was refused. Nothing that was sent is kept. A call with a wrong key belongs to nobody, so it is not listed."}
          </Empty>
        }
      />
    </Card>
  );
}

/** The keys that called lately. */
function Keys({ value, onChange }: { value: string; onChange: (value: string | null) => void }) {
  const named = new Map((rowsOf(useApiCalls("", false).data) ?? []).map(({ attributes }) => [attributes.key, attributes.key_name]));
  if (value && !named.has(value)) named.set(value, "This key");
  const data = [{ value: "", label: "Every key" }, ...[...named].map(([key, name]) => ({ value: key, label: name }))];
  return <NativeSelect size="xs" aria-label="Key" data={data} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value || null)} />;
}

const COLUMNS: Column<Resource<ApiCall>>[] = [
  { label: "When", cell: ({ attributes }) => <Time at={attributes.created_at} />, phone: "more", width: 100 },
  { label: "Call", cell: ({ attributes }) => <What of={attributes} />, phone: "lead" },
  { label: "Answer", cell: ({ attributes }) => <Answer status={attributes.status} />, phone: "end", width: 90 },
  { label: "Why it was refused", cell: ({ attributes }) => <Why of={attributes} />, phone: "line", width: "30%" },
  { label: "Key", cell: ({ attributes }) => attributes.key_name, phone: "more", width: 130 },
  { label: "Took", cell: ({ attributes }) => `${count(attributes.duration_ms)} ms`, right: true, phone: "more", width: 80 },
];

function What({ of }: { of: ApiCall }) {
  return (
    <code style={{ overflowWrap: "anywhere" }}>
      {of.method} {of.path}
    </code>
  );
}

function Answer({ status }: { status: number }) {
  return (
    <Badge color={status < 400 ? "spruce" : status < 500 ? "yellow" : "red"} tt="none">
      {status}
    </Badge>
  );
}

function Why({ of }: { of: ApiCall }) {
  if (!of.code) return null;
  return (
    <Stack gap={0}>
      <Text size="sm">{of.detail ?? of.code}</Text>
      {of.source && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          <code>{of.source}</code>
        </Text>
      )}
    </Stack>
  );
}
