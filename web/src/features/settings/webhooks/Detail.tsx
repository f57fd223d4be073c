import { Alert, Badge, Button, Drawer, Group, NativeSelect, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconPencil, IconPlayerPause, IconPlayerPlay, IconRefresh, IconSend, IconTrash, IconWebhook } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { rowsOf } from "../../../api/records";
import type { Resource } from "../../../api/types";
import { useAddress } from "../../../ui/address";
import { Confirm } from "../../../ui/Confirm";
import { CopyBlock } from "../../../ui/Copy";
import { Endless, type Column } from "../../../ui/Endless";
import { Facts } from "../../../ui/Facts";
import { count, isToCome } from "../../../ui/format";
import { Offered } from "../../../ui/Offered";
import { Card, Page } from "../../../ui/Page";
import { Empty, Problem } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { Enabled } from "./Enabled";
import {
  topicsOf,
  useDeleteWebhook,
  useDeliveries,
  useOverview,
  useReplay,
  useSwitch,
  useTestCall,
  useWebhook,
  type Delivery,
  type Overview,
  type Webhook,
} from "./queries";
import { statusWords, topicWords } from "./words";

const BACK: [string, string] = ["/settings/webhooks", "Webhooks"];

export function WebhookPage() {
  const { id = "" } = useParams();
  const query = useWebhook(id);
  const overview = useOverview(id).data?.data.attributes;
  const webhook = query.data?.data;
  const enabled = overview?.enabled ?? webhook?.attributes.enabled ?? false;
  return (
    <Page
      title={webhook?.attributes.name ?? "Webhook"}
      mark={webhook && <Enabled of={enabled} />}
      subtitle={webhook && <code>{webhook.attributes.endpoint_url}</code>}
      back={BACK}
      actions={webhook && <Actions id={id} name={webhook.attributes.name} enabled={enabled} />}
    >
      {!webhook && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!webhook && !query.error && <Skeleton height={320} radius="lg" />}
      {webhook && overview && <Standing id={id} of={overview} />}
      {webhook && <About webhook={webhook} overview={overview} />}
      {webhook && <Calls id={id} />}
    </Page>
  );
}

function Actions({ id, name, enabled }: { id: string; name: string; enabled: boolean }) {
  const toggle = useSwitch(id);
  return (
    <Offered by="update_webhook">
      <Group gap="xs">
        <TestCall id={id} />
        <Button
          variant="default"
          size="sm"
          leftSection={enabled ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
          loading={toggle.isPending}
          onClick={() => toggle.mutate(!enabled)}
        >
          {enabled ? "Pause" : "Turn on"}
        </Button>
        <Button component={Link} to={`/settings/webhooks/${id}/edit`} variant="default" size="sm" leftSection={<IconPencil size={16} />}>
          Edit
        </Button>
        <Delete id={id} name={name} />
        {toggle.error && (
          <Text size="sm" c="red" role="alert" w="100%">
            {toggle.error.message}
          </Text>
        )}
      </Group>
    </Offered>
  );
}

/** A call of made-up contents, and at once what came of it. */
function TestCall({ id }: { id: string }) {
  const call = useTestCall(id);
  return (
    <>
      <Button size="sm" leftSection={<IconSend size={16} />} loading={call.isPending} onClick={() => call.mutate()}>
        Make a test call
      </Button>
      <Drawer opened={Boolean(call.data ?? call.error)} onClose={call.reset} position="right" size="lg" title="Test call">
        {call.error && <Problem error={call.error} retry={() => call.mutate()} title="The test call was not made" />}
        {call.data && <Call of={call.data.data.attributes} />}
      </Drawer>
    </>
  );
}

function Delete({ id, name }: { id: string; name: string }) {
  const [opened, { open, close }] = useDisclosure();
  const remove = useDeleteWebhook(id);
  const navigate = useNavigate();
  return (
    <>
      <Button variant="default" size="sm" leftSection={<IconTrash size={16} />} onClick={open}>
        Delete
      </Button>
      <Confirm
        opened={opened}
        close={close}
        title={`Delete “${name}”?`}
        action="Delete the webhook"
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => void navigate("/settings/webhooks") })}
        pending={remove.isPending}
        error={remove.error}
      >
        Nothing more is called, what waits is dropped, and nothing brings it back.
      </Confirm>
    </>
  );
}

/** What is in the way, with what to do about it. */
function Standing({ id, of }: { id: string; of: Overview }) {
  const replay = useReplay(id);
  const reasons = [
    of.disabled_reason,
    of.failing_since && of.enabled && (
      <>
        No call has succeeded since <Time at={of.failing_since} />. What waits is kept for 24 hours and tried again
        {of.next_call ? (
          <>
            , next <Time at={of.next_call} ahead />
          </>
        ) : null}
        .
      </>
    ),
    of.failed > 0 && `${count(of.failed)} deliveries were given up. Once your receiver answers again, replay them.`,
  ].filter(Boolean);
  if (reasons.length === 0) return null;
  return (
    <Alert color={of.enabled ? "yellow" : "red"} icon={<IconAlertTriangle />} title={of.enabled ? "Calls fail" : "No calls are made"} maw={760}>
      <Stack gap="xs">
        {reasons.map((reason, place) => (
          <Text key={place} size="sm">
            {reason}
          </Text>
        ))}
        {of.failed > 0 && (
          <div>
            <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} loading={replay.isPending} onClick={() => replay.mutate()}>
              Replay what was given up
            </Button>
          </div>
        )}
        {replay.error && (
          <Text size="sm" c="red" role="alert">
            {replay.error.message}
          </Text>
        )}
      </Stack>
    </Alert>
  );
}

function About({ webhook, overview }: { webhook: Resource<Webhook>; overview: Overview | undefined }) {
  const { description, created_at } = webhook.attributes;
  const topics = (
    <Group gap={6}>
      {topicsOf(webhook).map((topic) => (
        <Badge key={topic} color="gray" tt="none" title={topic}>
          {topicWords(topic)}
        </Badge>
      ))}
    </Group>
  );
  return (
    <Card>
      <Facts
        facts={[
          ["Tells of", topics],
          ["Waiting to be told", overview && (overview.waiting > 0 ? <Waiting of={overview} /> : "Nothing")],
          ["Created", <Time key="created" at={created_at} />],
          ["Description", description],
        ]}
      />
    </Card>
  );
}

function Waiting({ of }: { of: Overview }) {
  return (
    <>
      {count(of.waiting)}, the oldest since <Time at={of.waiting_since} />
    </>
  );
}

const FILTERS = [
  { value: "", label: "All" },
  { value: "delivered", label: "Delivered" },
  { value: "retrying", label: "Tried again" },
  { value: "failed", label: "Given up" },
];

function Calls({ id }: { id: string }) {
  const [status, setStatus] = useAddress("status");
  const [shown, setShown] = useState<string | null>(null);
  const pages = useDeliveries(id, status);
  const call = rowsOf(pages.data)?.find((row) => row.id === shown);
  const columns: Column<Resource<Delivery>>[] = [
    {
      label: "When",
      cell: ({ id: of, attributes }) => (
        <Button variant="subtle" size="compact-sm" onClick={() => setShown(of)} aria-label="Show the call">
          <Time at={attributes.created_at} />
        </Button>
      ),
      phone: "lead",
      width: 150,
    },
    { label: "Told of", cell: ({ attributes }) => toldOf(attributes), phone: "line" },
    { label: "Answer", cell: ({ attributes }) => <Answer of={attributes} />, phone: "end", width: 170 },
    { label: "Took", cell: ({ attributes }) => `${count(attributes.duration_ms)} ms`, right: true, phone: "more", width: 90 },
    { label: "Next try", cell: ({ attributes }) => <NextTry of={attributes} />, right: true, phone: "more", width: 120 },
  ];
  return (
    <Card title="Last calls" aside={<Filter value={status} onChange={setStatus} />} flush>
      <Endless
        pages={pages}
        columns={columns}
        label="Last calls"
        empty={
          <Empty icon={IconWebhook} title={status ? "No such calls" : "No calls yet"}>
            {status ? "Choose “All” to see every call." : "The first call is made when something happens that it tells of. Make a test call to try your receiver."}
          </Empty>
        }
      />
      <Drawer opened={call !== undefined} onClose={() => setShown(null)} position="right" size="lg" title="Call">
        {call && <Call of={call.attributes} />}
      </Drawer>
    </Card>
  );
}

/** Words where there is room for them, a choice on a phone. */
function Filter({ value, onChange }: { value: string; onChange: (value: string | null) => void }) {
  const label = { "aria-label": "Calls to show" };
  return (
    <>
      <SegmentedControl size="xs" data={FILTERS} value={value} onChange={(next) => onChange(next || null)} visibleFrom="sm" {...label} />
      <NativeSelect size="xs" data={FILTERS} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value || null)} hiddenFrom="sm" {...label} />
    </>
  );
}

/** Of a call that was tried again since, the next one stands above it. */
function NextTry({ of }: { of: Delivery }) {
  return isToCome(of.next_try) ? <Time at={of.next_try} ahead /> : <span>–</span>;
}

function toldOf({ topics, deliveries, is_test }: Delivery): string {
  const words = topics.map(topicWords).join(", ");
  if (is_test) return `Test: ${words}`;
  return deliveries > 1 ? `${words} (${count(deliveries)})` : words;
}

const COLOURS: Record<string, string> = { delivered: "spruce", retrying: "yellow", failed: "red" };

function Answer({ of }: { of: Delivery }) {
  const { answer, status } = of;
  return (
    <Group gap={6} wrap="nowrap">
      <Badge color={COLOURS[status] ?? "gray"} tt="none">
        {statusWords(status)}
      </Badge>
      <Text size="sm" c="dimmed">
        {answer.status ?? "no answer"}
      </Text>
    </Group>
  );
}

/** One call in full: what was sent, and what came back. */
function Call({ of }: { of: Delivery }) {
  const { request, answer } = of;
  const headers = Object.entries(request.headers)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join("\n");
  return (
    <Stack gap="md">
      <Group gap="xs">
        <Answer of={of} />
        <Text size="sm" c="dimmed">
          {count(of.duration_ms)} ms
        </Text>
      </Group>
      <Section title="Answer" text={answer.text || "The answer was empty."} />
      <Section title="Request headers" text={headers} />
      <Section title={`Request body, ${count(request.size)} bytes`} text={request.body} />
    </Stack>
  );
}

function Section({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed" fw={500} mb={4}>
        {title}
      </Text>
      <CopyBlock label={`Copy: ${title.toLowerCase()}`} text={text} />
    </div>
  );
}
