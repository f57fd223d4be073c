import { Button, List, Skeleton, Stack, Text } from "@mantine/core";
import { IconRestore } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { versionOf } from "../../api/client";
import type { FlowDefinition } from "../../api/types";
import { announce } from "../../ui/announce";
import { Confirm } from "../../ui/Confirm";
import { exact } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { Status } from "../../ui/Status";
import type { Mark } from "./graph/FlowGraph";
import { useDraftOf, useFlow, useFlowVersion, useRestore } from "./queries";
import { byWhom, type Version } from "./Versions";
import { Conditions } from "../segments";

const FlowGraph = lazy(() => import("./graph/FlowGraph"));

/** An older version of a flow: what it changed, how it is drawn, and that it can become the draft. */
export function FlowVersion() {
  const { id = "", version = "" } = useParams();
  const query = useFlowVersion(version);
  const flow = useFlow(id).data?.data.attributes;
  const shown = query.data?.data.attributes;
  return (
    <Page
      title={shown ? `Version ${shown.number.toString()}` : "Version"}
      mark={shown && <Status of={shown.archived ? "archived" : shown.status} size="md" />}
      subtitle={shown && `${flow?.name ?? shown.name}, ${exact(shown.created)}: ${byWhom(shown)}`}
      back={[`/flows/${id}/versions`, "Versions"]}
      actions={
        shown && (
          <Offered by="restore_flow_draft">
            <Restore id={id} version={version} number={shown.number} />
          </Offered>
        )
      }
    >
      {!shown && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!shown && !query.error && <Skeleton height={520} radius="lg" />}
      {shown && (
        <Stack gap="lg">
          <Card title="What changed">
            <List size="sm" spacing={4} aria-label="What changed">
              {shown.changes.map(({ text, action_id }) => (
                <List.Item key={`${action_id ?? ""}${text}`}>{text}</List.Item>
              ))}
            </List>
          </Card>
          <Drawing of={shown} />
        </Stack>
      )}
    </Page>
  );
}

const MARKS: Partial<Record<Version["changes"][number]["what"], Mark>> = { added: "New", moved: "Moved", changed: "Changed", way: "Changed" };

/** By step; the first thing that is said of it. */
function marksOf({ changes }: Version): ReadonlyMap<string, Mark> {
  const marks = changes.flatMap(({ what, action_id }) => (action_id && MARKS[what] ? [[action_id, MARKS[what]] as const] : []));
  return new Map(marks.reverse());
}

function Drawing({ of }: { of: Version }) {
  const definition = of.definition as unknown as FlowDefinition;
  const filter = definition.profile_filter;
  return (
    <>
      {filter && filter.condition_groups.length > 0 && (
        <Card title="Only if the person">
          <Conditions of={filter} />
        </Card>
      )}
      <Card title="Step by step" flush>
        <Suspense fallback={<Skeleton height={520} />}>
          <FlowGraph definition={definition} marks={marksOf(of)} />
        </Suspense>
      </Card>
    </>
  );
}

/** Asked first: what is drawn by now and not published is replaced. */
function Restore({ id, version, number }: { id: string; version: string; number: number }) {
  const [isAsked, setIsAsked] = useState(false);
  const draft = useDraftOf(id);
  const restore = useRestore(id);
  const navigate = useNavigate();
  const isBegun = draft.data?.data.attributes.is_begun ?? false;
  const etag = versionOf(draft.data);
  return (
    <>
      <Button variant="default" leftSection={<IconRestore size={16} />} disabled={!draft.data} onClick={() => setIsAsked(true)}>
        Make it the draft …
      </Button>
      <Confirm
        opened={isAsked}
        close={() => setIsAsked(false)}
        title={`Make version ${number.toString()} the draft?`}
        action="Make it the draft"
        grave={isBegun}
        onConfirm={() =>
          restore.mutate(
            { version_id: version, etag },
            {
              onSuccess: (answer) => {
                restore.take(answer);
                announce(`Version ${number.toString()} is the draft. It runs once it is published.`);
                void navigate(`/flows/${id}/edit`);
              },
              onError: () => void draft.refetch(),
            },
          )
        }
        pending={restore.isPending}
        error={restore.error}
      >
        <Stack gap="xs">
          <Text size="sm">The flow runs on as it is until you publish the draft. Steps that are gone come back as new ones, in draft; whether the others act stays as it is now.</Text>
          {isBegun && (
            <Text size="sm" fw={500}>
              There are changes that are not published: they are lost.
            </Text>
          )}
        </Stack>
      </Confirm>
    </>
  );
}
