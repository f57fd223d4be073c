import { Anchor, List, Skeleton, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import type { AttributesOf } from "../../api/ask";
import type { Resource } from "../../api/types";
import { Endless, type Column } from "../../ui/Endless";
import { Card, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Time } from "../../ui/Time";
import { useFlow, useFlowVersions } from "./queries";

export type Version = AttributesOf<"get_flow_versions">;

type Row = Resource<Version>;

/** Who made a version. */
export const byWhom = ({ actor }: Version): string => actor ?? "By itself";

const MOST = 3;

function Changes({ of }: { of: Version["changes"] }) {
  const first = of.slice(0, MOST);
  return (
    <>
      <List size="sm" listStyleType={first.length > 1 ? "disc" : "none"}>
        {first.map(({ text }) => (
          <List.Item key={text}>{text}</List.Item>
        ))}
      </List>
      {of.length > MOST && (
        <Text size="sm" c="dimmed">
          and {of.length - MOST} more
        </Text>
      )}
    </>
  );
}

const COLUMNS: Column<Row>[] = [
  { label: "Version", cell: ({ attributes }) => `Version ${attributes.number.toString()}`, phone: "lead", width: 120 },
  { label: "What changed", cell: ({ attributes }) => <Changes of={attributes.changes} />, phone: "line" },
  { label: "By", cell: ({ attributes }) => byWhom(attributes), phone: "more", width: "20%" },
  { label: "When", cell: ({ attributes }) => <Time at={attributes.created} />, phone: "more", width: 130 },
  { label: "Status", cell: ({ attributes }) => <Status of={attributes.archived ? "archived" : attributes.status} />, phone: "end", width: 100 },
];

/** What the flow was after each change, newest first. */
export function FlowVersions() {
  const { id = "" } = useParams();
  const flow = useFlow(id).data?.data.attributes;
  return (
    <Page
      title="Versions"
      subtitle={flow ? `Of the flow ${flow.name ?? id}: every change of what runs. The last 200 are kept.` : <Skeleton height={18} width={320} />}
      back={[`/flows/${id}`, flow?.name ?? "Flow"]}
    >
      <Card flush>
        <Endless
          pages={useFlowVersions(id)}
          columns={COLUMNS}
          to={(row) => `/flows/${id}/versions/${row.id}`}
          label="Versions of the flow"
          empty={
            <Empty icon={IconHistory} title="No versions yet">
              The first is kept with the next change. <Anchor component={Link} to={`/flows/${id}`}>Back to the flow</Anchor>
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}
