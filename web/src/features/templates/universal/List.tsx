import { Button } from "@mantine/core";
import { IconLink, IconPlus } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import type { Resource } from "../../../api/types";
import { Offered } from "../../../ui/Offered";
import { Card, Page } from "../../../ui/Page";
import { Empty, Problem } from "../../../ui/States";
import { DataTable, type SortableColumn } from "../../../ui/table/DataTable";
import { useOrder } from "../../../ui/table/useOrder";
import { Time } from "../../../ui/Time";
import { sectionWire } from "../blank";
import { text } from "../blocks/text";
import { kindWordsOf, useAllUniversal, useCreateUniversal, type Universal } from "./queries";

export function UniversalList() {
  const [order, onOrder] = useOrder("universal", "name");
  const create = useCreateUniversal();
  const navigate = useNavigate();
  const begin = () => {
    if (create.isPending) return;
    const definition = sectionWire(text.start());
    create.mutate({ name: "New universal content", definition }, { onSuccess: ({ data }) => void navigate(`/templates/universal/${data.id}`) });
  };
  const make = (
    <Offered by="create_universal_content">
      <Button size="sm" leftSection={<IconPlus size={16} />} loading={create.isPending} onClick={begin}>
        Create universal content
      </Button>
    </Offered>
  );
  return (
    <Page
      title="Universal content"
      subtitle="A block or section that is kept once and shown by many templates. Changing it changes them all, and what is planned with them."
      back={["/templates", "Templates"]}
      actions={make}
    >
      {create.error && <Problem error={create.error} retry={create.reset} />}
      <Card flush>
        <DataTable
          pages={useAllUniversal(order)}
          columns={COLUMNS}
          to={({ id }) => `/templates/universal/${id}`}
          order={order}
          onOrder={onOrder}
          label="Universal content"
          empty={
            <Empty icon={IconLink} title="No universal content yet" action={make}>
              As a footer with your address, that is changed in one place. A block or section of a template can be saved as one, too.
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}

const COLUMNS: SortableColumn<Resource<Universal>>[] = [
  { label: "Name", sort: "name", phone: "lead", cell: ({ attributes }) => attributes.name },
  { label: "Kind", phone: "line", cell: ({ attributes }) => kindWordsOf(attributes) },
  { label: "Changed", sort: "-updated", phone: "end", cell: ({ attributes }) => <Time at={attributes.updated ?? null} /> },
];
