import { Badge, Loader, Skeleton } from "@mantine/core";
import { IconFilter, IconUsersGroup } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useAudience, useAudiences, type AudienceKind } from "../api/queries";
import type { Audience, Resource } from "../api/types";
import { Endless, type Column } from "../ui/Endless";
import { count, words } from "../ui/format";
import { Card, Page } from "../ui/Page";
import { Empty } from "../ui/States";
import { Time } from "../ui/Time";

export function Audiences() {
  return (
    <Page title="Lists & segments" subtitle="Lists are joined; segments follow what people do, by themselves.">
      <Card title="Lists" flush>
        <Table kind="list" empty={<NoLists />} />
      </Card>
      <Card title="Segments" flush>
        <Table kind="segment" empty={<NoSegments />} />
      </Card>
    </Page>
  );
}

type Row = Resource<Audience>;

/** The API gives sizes one audience at a time only. */
function Size({ row }: { row: Row }) {
  const query = useAudience(row.type as AudienceKind, row.id);
  if (query.isPending) return <Skeleton height={14} width={40} display="inline-block" />;
  return <>{count(query.data?.data.attributes.profile_count)}</>;
}

export function Processing() {
  return (
    <Badge color="blue" leftSection={<Loader size={10} color="blue" />} tt="none">
      Processing
    </Badge>
  );
}

function stateOf({ attributes, type }: Row) {
  if (attributes.is_processing) return <Processing />;
  if (type === "list") return words(attributes.opt_in_process ?? "single_opt_in");
  return attributes.is_active === false ? "Inactive" : "Up to date";
}

const COLUMNS: Column<Row>[] = [
  { label: "Name", cell: ({ attributes, id }) => attributes.name ?? id, phone: "lead" },
  { label: "State", cell: stateOf, phone: "more", width: "22%" },
  { label: "Members", cell: (row) => <Size row={row} />, right: true, phone: "end", width: 120 },
  { label: "Updated", cell: ({ attributes }) => <Time at={attributes.updated} />, right: true, phone: "more", width: 140 },
];

function Table({ kind, empty }: { kind: AudienceKind; empty: ReactNode }) {
  return (
    <Endless
      pages={useAudiences(kind)}
      columns={COLUMNS}
      to={({ id }) => `/audiences/${kind}s/${id}`}
      empty={empty}
      label={kind === "list" ? "Lists" : "Segments"}
    />
  );
}

function NoLists() {
  return (
    <Empty icon={IconUsersGroup} title="No lists yet">
      Create the first one with <code>POST /api/lists</code>, then subscribe people to it.
    </Empty>
  );
}

function NoSegments() {
  return (
    <Empty icon={IconFilter} title="No segments yet">
      Describe one with <code>POST /api/segments</code>; it fills itself and stays right within a second.
    </Empty>
  );
}
