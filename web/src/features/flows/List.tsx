import { ActionIcon, Button, Menu, Switch } from "@mantine/core";
import { IconArchive, IconArchiveOff, IconDots, IconPlus, IconRoute } from "@tabler/icons-react";
import { Link } from "react-router";
import { useNameOf } from "../../grammar/queries";
import { useArchiving, type Archivable } from "./Archive";
import { useFlowList, useFlowOverview } from "./queries";
import { useMay } from "../../api/session";
import type { Flow, FlowOverview, Resource } from "../../api/types";
import { useAddress } from "../../ui/address";
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

/** The event, list or segment that begins it; what has no name, by its kind. */
function Begin({ row }: { row: Row }) {
  const { type, id } = useFlowOverview(row.id).data?.data.attributes.trigger ?? {};
  const { name } = useNameOf(String(type ?? ""), typeof id === "string" ? id : undefined);
  const kind = row.attributes.trigger_type ?? "–";
  return <span title={kind}>{name ?? kind}</span>;
}

const COLUMNS: Column<Row>[] = [
  { label: "Flow", cell: ({ attributes, id }) => attributes.name ?? id, phone: "lead" },
  { label: "Status", cell: ({ attributes }) => <Status of={attributes.archived ? "archived" : (attributes.status ?? "draft")} />, phone: "end", width: 100 },
  { label: "Starts with", cell: (row) => <Begin row={row} />, phone: "more", width: "18%" },
  { label: "Entered", cell: (row) => <Of row={row} read={({ entered }) => entered} />, right: true, phone: "none", width: 100 },
  { label: "In it now", cell: (row) => <Of row={row} read={({ active }) => active} />, right: true, phone: "none", width: 100 },
  { label: "Updated", cell: ({ attributes }) => <Time at={attributes.updated} />, right: true, phone: "more", width: 130 },
];

interface MenuProps {
  of: Row;
  archive: (flow: Archivable) => void;
  restore: (flow: Archivable) => void;
}

function RowMenu({ of: { id, attributes }, archive, restore }: MenuProps) {
  const flow = { id, name: attributes.name ?? id, status: attributes.status ?? "draft" };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`What can be done with ${flow.name}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {attributes.archived ? (
          <Menu.Item leftSection={<IconArchiveOff size={16} />} onClick={() => restore(flow)}>
            Take out of the archive
          </Menu.Item>
        ) : (
          <Menu.Item leftSection={<IconArchive size={16} />} onClick={() => archive(flow)}>
            Archive
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

export function Flows() {
  const [shown, show] = useAddress("archived");
  const isArchive = shown !== "";
  const { archive, restore, dialog } = useArchiving();
  const may = useMay("update_flow");
  const menu: Column<Row> = { label: "Actions", cell: (row) => <RowMenu of={row} archive={archive} restore={restore} />, right: true, phone: "more", width: 80 };
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
      <Switch label="Archived" checked={isArchive} onChange={({ currentTarget }) => show(currentTarget.checked ? "yes" : null)} />
      <Card flush>
        <Endless
          pages={useFlowList(isArchive)}
          columns={may ? [...COLUMNS, menu] : COLUMNS}
          to={({ id }) => `/flows/${id}`}
          label={isArchive ? "Archived flows" : "Flows"}
          empty={
            isArchive ? (
              <Empty icon={IconArchive} title="Nothing is archived">
                Flows that are no longer needed can be put here: out of the list, with their numbers and versions.
              </Empty>
            ) : (
              <Empty icon={IconRoute} title="No flows yet">
                A flow begins when something happens, as a cart that is left, and goes on step by step.
              </Empty>
            )
          }
        />
      </Card>
      {dialog}
    </Page>
  );
}
