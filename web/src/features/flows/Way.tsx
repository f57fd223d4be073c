import { Select, Skeleton, Stack, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { Link, useParams } from "react-router";
import type { AttributesOf } from "../../api/ask";
import { rowsOf } from "../../api/records";
import type { FlowDefinition } from "../../api/types";
import { exact } from "../../ui/format";
import { Card, Page } from "../../ui/Page";
import { Empty, Problem } from "../../ui/States";
import { IconRoute } from "@tabler/icons-react";
import type { Passed } from "./graph/FlowGraph";
import { useNamesIn } from "./names";
import { useFlow, useRuns } from "./queries";
import { kindOf } from "./steps";
import type { NameOf } from "./steps/kind";

const FlowGraph = lazy(() => import("./graph/FlowGraph"));

const NO_ACTIONS: FlowDefinition["actions"] = [];

type Run = AttributesOf<"get_flow_runs">;

type Step = Run["path"][number];

const OUTCOMES: Record<Step["outcome"], string> = {
  done: "",
  passed: "passed: the step was off",
  filtered: "skipped: the flow’s filter did not hold",
  past: "not done: its time was over when this person was put in",
};

const EFFECTS: Record<NonNullable<Step["effect"]>["kind"], Record<string, string>> = {
  message: {
    queued: "waits to be sent",
    in_flight: "being sent",
    sent: "sent",
    skipped: "not sent",
    bounced: "bounced",
    failed: "not sent",
    in_doubt: "may have been sent",
    waits_for_review: "waits for somebody to review it",
  },
  "webhook-call": { queued: "waits to be called", in_flight: "being called", done: "called", failed: "not called" },
};

/** One person's way through a flow: which steps, when, and what became of each. */
export function WayThroughFlow() {
  const { id = "", profile = "" } = useParams();
  const flow = useFlow(id);
  const pages = useRuns({ flow: id, profile });
  const runs = rowsOf(pages.data);
  const [chosen, setChosen] = useState<string | null>(null);
  const run = runs?.find((each) => each.id === chosen) ?? runs?.[0];
  const attributes = flow.data?.data.attributes;
  const actions = (attributes?.definition as unknown as FlowDefinition | undefined)?.actions ?? NO_ACTIONS;
  const nameOf = useNamesIn(actions);
  const error = flow.error ?? pages.error;
  return (
    <Page
      title={run?.attributes.profile_name ?? "Somebody"}
      subtitle={attributes?.name ? `in ${attributes.name}` : undefined}
      back={[`/flows/${id}`, attributes?.name ?? "Flow"]}
    >
      {error && <Problem error={error} retry={() => void (flow.refetch(), pages.refetch())} />}
      {!error && (!runs || !attributes) && <Skeleton height={520} radius="lg" />}
      {runs?.length === 0 && (
        <Empty icon={IconRoute} title="Not in this flow">
          This person never entered it.
        </Empty>
      )}
      {run && attributes && (
        <Stack gap="lg">
          {runs && runs.length > 1 && (
            <Select
              label="Which time"
              maw={320}
              allowDeselect={false}
              data={runs.map((each) => ({ value: each.id, label: `Entered ${exact(each.attributes.entered)}` }))}
              value={run.id}
              onChange={setChosen}
            />
          )}
          <Text size="sm">
            {story(run.attributes)} <Link to={`/profiles/${profile}`}>See the profile</Link>
          </Text>
          <Card flush>
            <Suspense fallback={<Skeleton height={520} />}>
              <FlowGraph definition={attributes.definition as unknown as FlowDefinition} way={wayOf(run.attributes)} />
            </Suspense>
          </Card>
          <Card title="Step by step">
            <ol>
              {run.attributes.path.map((step) => (
                <li key={`${step.action_id}${step.arrived}`}>
                  <Text size="sm">
                    {exact(step.arrived)}: {labelOf(actions, step.action_id, nameOf)}
                    {OUTCOMES[step.outcome] && ` (${OUTCOMES[step.outcome]})`}
                    <Effect of={step} />
                  </Text>
                </li>
              ))}
            </ol>
          </Card>
        </Stack>
      )}
    </Page>
  );
}

function story({ status, entered, due, finished }: Run): string {
  const began = `Entered ${exact(entered)}`;
  if (status === "active") return `${began}, and goes on ${exact(due)}.`;
  return status === "completed" ? `${began}, and was through ${exact(finished)}.` : `${began}, and left it before its end, ${exact(finished)}.`;
}

function wayOf({ path }: Run): ReadonlyMap<string, Passed> {
  return new Map(path.map((step) => [step.action_id, passedOf(step)]));
}

function passedOf({ arrived, outcome, effect }: Step): Passed {
  const why = OUTCOMES[outcome].split(":")[0] || (effect && HELD_BACK.has(effect.status) ? wordOf(effect) : "");
  return { words: why || exact(arrived), isDone: why === "" };
}

const HELD_BACK = new Set(["skipped", "bounced", "failed", "in_doubt", "waits_for_review"]);

function wordOf({ kind, status }: NonNullable<Step["effect"]>): string {
  return EFFECTS[kind][status] ?? status;
}

function Effect({ of: { effect } }: { of: Step }) {
  if (!effect) return null;
  const word = wordOf(effect);
  return (
    <>
      {" ("}
      {effect.kind === "message" ? <Link to={`/messages/${effect.id}`}>{word}</Link> : word}
      {effect.detail && `: ${effect.detail}`}
      {")"}
    </>
  );
}

function labelOf(actions: FlowDefinition["actions"], id: string, nameOf: NameOf): string {
  const action = actions.find((each) => String(each.id) === id);
  if (!action) return "a step that was taken out since";
  const { label, words } = kindOf(action.type);
  const detail = words((action.data ?? {}) as Record<string, unknown>, nameOf);
  return detail ? `${label}, ${detail}` : label;
}
