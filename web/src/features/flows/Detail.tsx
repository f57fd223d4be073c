import { Alert, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Link, useParams } from "react-router";
import { useDiscard, useFlow, useFlowOverview, useHasDraft } from "./queries";
import { Reviews } from "./Reviews";
import { Runs } from "./Runs";
import { TurnOn } from "./TurnOn";
import type { FlowDefinition, FlowOverview } from "../../api/types";
import { announce } from "../../ui/announce";
import { count } from "../../ui/format";
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
      mark={flow && <Status of={flow.status ?? "draft"} size="md" />}
      subtitle={definition && reentry(definition)}
      back={["/flows", "Flows"]}
      actions={
        <>
          <Offered by="update_flow_draft">
            <Button variant="default" component={Link} to={`/flows/${id}/edit`} leftSection={<IconPencil size={16} />}>
              Edit the flow
            </Button>
          </Offered>
          {flow && <TurnOn id={id} status={flow.status ?? "draft"} />}
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
      {flow && <Drawing of={definition ?? null} numbers={numbers} />}
      {flow && (
        <Offered by="get_flow_runs">
          <Runs id={id} />
        </Offered>
      )}
    </Page>
  );
}

/** What is drawn and does not run. */
function Unpublished({ id, status }: { id: string; status: string }) {
  const hasDraft = useHasDraft(id).data;
  const discard = useDiscard(id);
  if (!hasDraft) return null;
  return (
    <Alert color="blue" title={status === "draft" ? "It is not finished" : "There are changes that are not published"}>
      <Text size="sm">{status === "draft" ? "Somebody began to draw it." : "The flow runs as it is shown below until they are."}</Text>
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

function Drawing({ of, numbers }: { of: FlowDefinition | null; numbers: FlowOverview | undefined }) {
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
      <Card flush>
        <Suspense fallback={<Skeleton height={520} />}>
          <FlowGraph definition={of} people={new Map(numbers?.steps.map(({ action_id, waiting, done }) => [action_id, { waiting, done }]))} />
        </Suspense>
      </Card>
    </Stack>
  );
}

function reentry({ reentry_criteria: rule }: FlowDefinition): string {
  if (!rule) return "People can enter it again.";
  if (rule.unit === "alltime") return rule.duration === 0 ? "People can enter it again at any time." : "Everybody enters it once.";
  return `People can enter it again after ${rule.duration} ${rule.unit}${rule.duration === 1 ? "" : "s"}.`;
}
