import { Anchor, Badge, Button, Group } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { Link } from "react-router";
import type { Resource } from "../../api/types";
import { Endless, type Column } from "../../ui/Endless";
import { count } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { Time } from "../../ui/Time";
import { useImports, type Import } from "./queries";
import { kindWords, statusWords } from "./words";

const IMPORT = (
  <Offered by="upload_import">
    <Button component={Link} to="/imports/new" leftSection={<IconUpload size={16} />} size="sm">
      Import a file
    </Button>
  </Offered>
);

function Actions() {
  return (
    <Group gap="md">
      <Offered by="export_suppressed_addresses">
        <Anchor href="/api/suppressed-addresses" download size="sm">
          Download suppressed addresses
        </Anchor>
      </Offered>
      {IMPORT}
    </Group>
  );
}

export function Imports() {
  return (
    <Page title="Imports" subtitle="Files of people, orders and other events." back={["/profiles", "Profiles"]} actions={<Actions />}>
      <Card flush>
        <Endless
          pages={useImports()}
          columns={COLUMNS}
          to={({ id }) => `/imports/${id}`}
          label="Imports"
          empty={
            <Empty icon={IconUpload} title="No imports yet" action={IMPORT}>
              Bring the people you have along: a CSV file of any shop, newsletter tool or spreadsheet, with a heading that names its
              columns.
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}

const COLOURS: Record<string, string> = { complete: "spruce", running: "blue", checking: "blue", failed: "red" };

export function State({ of }: { of: string }) {
  return (
    <Badge color={COLOURS[of] ?? "gray"} tt="none">
      {statusWords(of)}
    </Badge>
  );
}

const COLUMNS: Column<Resource<Import>>[] = [
  { label: "File", cell: ({ attributes }) => attributes.file_name, phone: "lead" },
  { label: "Holds", cell: ({ attributes }) => kindWords(attributes.kind), phone: "line", width: 130 },
  { label: "State", cell: ({ attributes }) => <State of={attributes.status} />, phone: "end", width: 140 },
  { label: "Rows", cell: ({ attributes }) => count(attributes.rows), right: true, phone: "none", width: 110 },
  { label: "Refused", cell: ({ attributes }) => count(attributes.refused), right: true, phone: "none", width: 110 },
  { label: "Begun", cell: ({ attributes }) => <Time at={attributes.started_at ?? attributes.created_at} />, right: true, phone: "more", width: 130 },
];
