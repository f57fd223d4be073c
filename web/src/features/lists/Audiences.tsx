import { Button } from "@mantine/core";
import { IconPlus, IconUpload, IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useLists } from "../../grammar/queries";
import type { List, Resource } from "../../api/types";
import { words } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { DataTable, type SortableColumn } from "../../ui/table/DataTable";
import { useOrder } from "../../ui/table/useOrder";
import { Time } from "../../ui/Time";
import { Segments } from "../segments";
import { NewList } from "./ListForm";
import { Size } from "./Size";

const IMPORT = (
  <Offered by="upload_import">
    <Button component={Link} to="/imports/new" variant="default" size="sm" leftSection={<IconUpload size={16} />}>
      Import people
    </Button>
  </Offered>
);

export function Audiences() {
  const [order, onOrder] = useOrder("lists", "name");
  const [making, setMaking] = useState(false);
  const create = (
    <Offered by="create_list">
      <Button leftSection={<IconPlus size={16} />} size="sm" onClick={() => setMaking(true)}>
        Create a list
      </Button>
    </Offered>
  );
  return (
    <Page title="Lists & segments" subtitle="Lists are joined; segments follow what people do, by themselves." actions={IMPORT}>
      <Segments />
      <Card title="Lists" aside={create} flush>
        <DataTable
          pages={useLists(order)}
          columns={COLUMNS}
          to={({ id }) => `/audiences/lists/${id}`}
          label="Lists"
          order={order}
          onOrder={onOrder}
          empty={
            <Empty icon={IconUsersGroup} title="No lists yet" action={create}>
              A list holds the people you put on it or import into it, and those who subscribe to it.
            </Empty>
          }
        />
      </Card>
      {making && <NewList close={() => setMaking(false)} />}
    </Page>
  );
}

const COLUMNS: SortableColumn<Resource<List>>[] = [
  { label: "Name", cell: ({ attributes, id }) => attributes.name ?? id, phone: "lead", sort: "name" },
  { label: "Opt-in", cell: ({ attributes }) => words(attributes.opt_in_process ?? "single_opt_in"), phone: "more", width: "22%" },
  { label: "Members", cell: ({ id }) => <Size id={id} />, right: true, phone: "end", width: 120 },
  { label: "Updated", cell: ({ attributes }) => <Time at={attributes.updated} />, right: true, phone: "more", width: 140, sort: "-updated" },
];
