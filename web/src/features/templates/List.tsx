import { Button, Group } from "@mantine/core";
import { IconLink, IconPhoto, IconPlus, IconTemplate } from "@tabler/icons-react";
import { Link } from "react-router";
import type { Resource } from "../../api/types";
import { useAddress } from "../../ui/address";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { SearchBox } from "../../ui/SearchBox";
import { Empty } from "../../ui/States";
import { DataTable, type SortableColumn } from "../../ui/table/DataTable";
import { useOrder } from "../../ui/table/useOrder";
import { Time } from "../../ui/Time";
import { useTemplates, type Template } from "./queries";
import { kindWords } from "./words";

const NEW = (
  <Offered by="create_template">
    <Button component={Link} to="/templates/new" size="sm" leftSection={<IconPlus size={16} />}>
      Create a template
    </Button>
  </Offered>
);

export function Templates() {
  const [order, onOrder] = useOrder("templates", "-updated");
  const [name] = useAddress("name");
  return (
    <Page
      title="Templates"
      subtitle="What your e-mails look like. A campaign or flow takes a copy: changing a template changes nothing that is planned."
      actions={
        <Group gap="xs">
          <Button component={Link} to="/templates/universal" variant="default" size="sm" leftSection={<IconLink size={16} />}>
            Universal content
          </Button>
          <Button component={Link} to="/images" variant="default" size="sm" leftSection={<IconPhoto size={16} />}>
            Images
          </Button>
          {NEW}
        </Group>
      }
    >
      <Card aside={<SearchBox name="name" placeholder="Search the templates by name" />} flush>
        <DataTable
          pages={useTemplates(order, name)}
          columns={COLUMNS}
          to={({ id }) => `/templates/${id}`}
          order={order}
          onOrder={onOrder}
          label="Templates"
          empty={
            name ? (
              <Empty icon={IconTemplate} title="No template has this in its name">
                Search for another part of the name.
              </Empty>
            ) : (
              <Empty icon={IconTemplate} title="No templates yet" action={NEW}>
                Begin with one of the starters, and make it yours.
              </Empty>
            )
          }
        />
      </Card>
    </Page>
  );
}

const COLUMNS: SortableColumn<Resource<Template>>[] = [
  { label: "Name", sort: "name", phone: "lead", cell: ({ attributes }) => attributes.name ?? "Without a name" },
  { label: "Kind", phone: "line", cell: ({ attributes }) => kindWords(attributes.editor_type) },
  { label: "Changed", sort: "-updated", phone: "end", cell: ({ attributes }) => <Time at={attributes.updated ?? null} /> },
];
