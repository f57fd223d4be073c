import { Button } from "@mantine/core";
import { IconPlus, IconRoute } from "@tabler/icons-react";
import { Link } from "react-router";
import { useFlows } from "../../grammar/queries";
import { useFlowOverview } from "./queries";
import type { Flow, FlowOverview, Resource } from "../../api/types";
import { Endless, type Column } from "../../ui/Endless";
import { count } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Time } from "../../ui/Time";

type Row = Resource<Flow>;

function Of({ row, read }: { row: Row; read: (overview: FlowOverview) => number }) {
  const overview = useFlowOverview(row.id).data?.data.attributes;
  return <>{count(overview && read(overview))}</>;
}

const COLUMNS: Column<Row>[] = [
  { label: "Flow", cell: ({ attributes, id }) => attributes.name ?? id, phone: "lead" },
  { label: "Status", cell: ({ attributes }) => <Status of={attributes.status ?? "draft"} />, phone: "end", width: 100 },
  { label: "Starts with", cell: ({ attributes }) => attributes.trigger_type ?? "–", phone: "more", width: "18%" },
  { label: "Entered", cell: (row) => <Of row={row} read={({ entered }) => entered} />, right: true, phone: "none", width: 100 },
  { label: "In it now", cell: (row) => <Of row={row} read={({ active }) => active} />, right: true, phone: "none", width: 100 },
  { label: "Updated", cell: ({ attributes }) => <Time at={attributes.updated} />, right: true, phone: "more", width: 130 },
];

export function Flows() {
  return (
    <Page
      title="Flows"
      subtitle="Messages that send themselves when something happens."
      actions={
        <Offered by="create_flow">
          <Button component={Link} to="/flows/new" leftSection={<IconPlus size={16} />}>
            Create a flow
          </Button>
        </Offered>
      }
    >
      <Card flush>
        <Endless
          pages={useFlows()}
          columns={COLUMNS}
          to={({ id }) => `/flows/${id}`}
          label="Flows"
          empty={
            <Empty icon={IconRoute} title="No flows yet">
              A flow begins when something happens, as a cart that is left, and goes on step by step.
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}
