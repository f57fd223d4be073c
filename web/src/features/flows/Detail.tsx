import { ActionIcon, Alert, Button, Group, Menu, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { IconArchive, IconArchiveOff, IconDots, IconHistory, IconPencil } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Link, useParams } from "react-router";
import { useArchiving, type Archivable } from "./Archive";
import { useDiscard, useFlow, useFlowNumbers, useFlowOverview, useFlowTests, useHasDraft, type StepNumbers } from "./queries";
import { kindOf } from "./steps";
import { Reviews } from "./Reviews";
import { Runs } from "./Runs";
import { TestResults } from "./TestResults";
import { TurnOn } from "./TurnOn";
import { useAccount } from "../../api/account";
import type { FlowDefinition, FlowOverview } from "../../api/types";
import { announce } from "../../ui/announce";
import { useAddress } from "../../ui/address";
import { count, money, rate } from "../../ui/format";
import { Numbers } from "../../ui/Numbers";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Conditions } from "../segments";

const FlowGraph = lazy(() => import("./graph/FlowGraph"));

export function FlowPage() {
  const { id = "" } = useParams();
  const query = useFlow(id);
  const overview = useFlowOverview(id);
  const flow = query.data?.data.attributes;
  const definition = flow?.definition as FlowDefinition | undefined;
  const numbers = overview.data?.data.attributes;
  return (
    <Page
      title={flow?.name ?? "Flow"}
      mark={flow && <Status of={flow.archived ? "archived" : (flow.status ?? "draft")} size="md" />}
      subtitle={definition && reentry(definition)}
      back={["/flows", "Flows"]}
      actions={
        <>
          <Button variant="default" component={Link} to={`/flows/${id}/versions`} leftSection={<IconHistory size={16} />}>
            Versions
          </Button>
          <Offered by="update_flow_draft">
            <Button variant="default" component={Link} to={`/flows/${id}/edit`} leftSection={<IconPencil size={16} />}>
              Edit the flow
            </Button>
          </Offered>
          {flow && !flow.archived && <TurnOn id={id} status={flow.status ?? "draft"} />}
          {flow && <Archiving of={{ id, name: flow.name ?? id, status: flow.status ?? "draft" }} archived={flow.archived ?? false} />}
        </>
      }
    >
      {flow && <Unpublished id={id} status={flow.status ?? "draft"} />}
      {!flow && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!flow && !query.error && <Skeleton height={520} radius="lg" />}
      {flow && overview.error && !numbers && (
        <Problem error={overview.error} retry={overview.refetch} title="Its numbers could not be loaded" />
      )}
      {flow && !overview.error && <Figures of={numbers} />}
      {flow && <Reviews id={id} />}
      {definition?.actions.some(({ type }) => type === "ab-test") && <Tests id={id} />}
      {flow && <Drawing id={id} of={definition ?? null} numbers={numbers} />}
      {flow && (
        <Offered by="get_flow_runs">
          <Runs id={id} />
        </Offered>
      )}
    </Page>
  );
}

/** Into the archive, or out of it: what an archived flow offers first. */
function Archiving({ of, archived }: { of: Archivable; archived: boolean }) {
  const { archive, restore, isBusy, dialog } = useArchiving();
  return (
    <Offered by="update_flow">
      {archived ? (
        <Button leftSection={<IconArchiveOff size={16} />} loading={isBusy} onClick={() => restore(of)}>
          Take out of the archive
        </Button>
      ) : (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size={36} loading={isBusy} aria-label="More to do with this flow">
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconArchive size={16} />} onClick={() => archive(of)}>
              Archive
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {dialog}
    </Offered>
  );
}

/** The tests that began. */
function Tests({ id }: { id: string }) {
  const tests = useFlowTests(id).data?.data.attributes.tests ?? [];
  return tests
    .filter(({ state }) => state !== "draft")
    .map((test) => (
      <Card key={test.action_id} title={test.name ? `A/B test “${test.name}”` : "A/B test"}>
        <TestResults of={test} />
      </Card>
    ));
}

/** What is drawn and does not run. */
function Unpublished({ id, status }: { id: string; status: string }) {
  const hasDraft = useHasDraft(id).data;
  const discard = useDiscard(id);
  if (!hasDraft) return null;
  return (
    <Alert color="blue" title={status === "draft" ? "It is not finished" : "There are changes that are not published"}>
      <Text size="sm">{status === "draft" ? "What was drawn last is not in use yet: finish it first, or discard it." : "The flow runs as it is shown below until they are."}</Text>
      <Group gap="xs" mt="xs">
        <Button size="xs" component={Link} to={`/flows/${id}/edit`}>
          Go on with it
        </Button>
        <Button size="xs" variant="default" loading={discard.isPending} onClick={() => discard.mutate(undefined, { onSuccess: () => announce("The changes are gone; the flow is as it was.") })}>
          Discard the changes
        </Button>
      </Group>
      {discard.error && (
        <Text size="sm" c="red" role="alert">
          {discard.error.message}
        </Text>
      )}
    </Alert>
  );
}

function Figures({ of }: { of: FlowOverview | undefined }) {
  return (
    <Numbers
      waiting={!of}
      figures={[
        { label: "Entered", value: count(of?.entered) },
        { label: "In it now", value: count(of?.active) },
        { label: "Finished", value: count(of?.finished) },
      ]}
    />
  );
}

const SPANS = [["7", "7 days"], ["30", "30 days"], ["90", "90 days"], ["365", "A year"]] as const;

/** What came of a step's messages. */
function came({ queued, sent, opened, clicked, revenue, skipped }: StepNumbers, currency: string): [string, string] {
  const held = skipped.reduce((sum, each) => sum + each.count, 0);
  const parts = [
    ...(queued > 0 ? [`${count(queued)} to be sent`] : []),
    ...(held > 0 ? [`${count(held)} held back`] : []),
    ...(revenue > 0 ? [money(revenue, currency)] : []),
    ...(sent > 0 ? [`${rate(opened, sent)} opened`, `${rate(clicked, sent)} clicked`] : []),
  ];
  return [`${count(sent)} sent`, parts.join(" · ")];
}

function Drawing({ id, of, numbers }: { id: string; of: FlowDefinition | null; numbers: FlowOverview | undefined }) {
  const [days, setDays] = useAddress("days");
  const span = SPANS.some(([value]) => value === days) ? (days ?? "30") : "30";
  const messages = useFlowNumbers(id, span).data?.data.attributes.steps ?? [];
  const { currency } = useAccount();
  const byStep = new Map(messages.map((each) => [each.action_id, each]));
  const people = new Map(
    numbers?.steps.map(({ action_id, waiting, done }) => {
      const own = byStep.get(action_id);
      return [action_id, { waiting, done, ...(own ? { words: came(own, currency) } : {}) }];
    }),
  );
  if (!of) {
    return (
      <Text size="sm" c="dimmed">
        This flow has no definition to draw.
      </Text>
    );
  }
  return (
    <Stack gap="lg">
      {of.profile_filter && of.profile_filter.condition_groups.length > 0 && (
        <Card title="Only if the person">
          <Conditions of={of.profile_filter} />
        </Card>
      )}
      <Card
        title="Step by step"
        flush
        aside={<SegmentedControl size="xs" aria-label="Messages of the last" value={span} onChange={setDays} data={SPANS.map(([value, label]) => ({ value, label }))} />}
      >
        <Suspense fallback={<Skeleton height={520} />}>
          <FlowGraph definition={of} people={people} />
        </Suspense>
      </Card>
      <HeldBack of={of} steps={messages} />
    </Stack>
  );
}

function reentry({ reentry_criteria: rule }: FlowDefinition): string {
  if (!rule) return "People can enter it again.";
  if (rule.unit === "alltime") return rule.duration === 0 ? "People can enter it again at any time." : "Everybody enters it once.";
  return `People can enter it again after ${rule.duration} ${rule.unit}${rule.duration === 1 ? "" : "s"}.`;
}

/** Why messages were not sent, by step; nothing where all were. */
function HeldBack({ of, steps }: { of: FlowDefinition; steps: readonly StepNumbers[] }) {
  const held = steps.filter(({ skipped }) => skipped.length > 0);
  if (held.length === 0) return null;
  const named = (id: string) => {
    const action = of.actions.find((each) => String(each.id) === id);
    return action ? kindOf(action.type).words((action.data ?? {}) as Record<string, unknown>) || kindOf(action.type).label : id;
  };
  return (
    <Card title="Held back, and why">
      <Stack gap="xs">
        {held.map(({ action_id, skipped }) => (
          <Text key={action_id} size="sm">
            <b>{named(action_id)}:</b> {skipped.map(({ reason, count: number }) => `${count(number)} ${reason || "without a reason"}`).join(", ")}
          </Text>
        ))}
      </Stack>
    </Card>
  );
}
