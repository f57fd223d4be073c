import { IconRoute } from "@tabler/icons-react";
import { useFlows } from "../../grammar/queries";
import { useFlowOverview } from "./queries";
import type { Flow, FlowOverview, Resource } from "../../api/types";
import { Endless, type Column } from "../../ui/Endless";
import { count } from "../../ui/format";
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
    <Page title="Flows" subtitle="Messages that send themselves when something happens.">
      <Card flush>
        <Endless
          pages={useFlows()}
          columns={COLUMNS}
          to={({ id }) => `/flows/${id}`}
          label="Flows"
          empty={
            <Empty icon={IconRoute} title="No flows yet">
              Describe one with <code>POST /api/flows</code> (a trigger, its steps and how they are linked), then set it live.
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}
