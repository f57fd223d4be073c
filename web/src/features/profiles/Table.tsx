import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Profile, Resource } from "../../api/types";
import type { Pages } from "../../ui/Endless";
import { DataTable, type Selection, type SortableColumn as Column } from "../../ui/table/DataTable";
import type { Order } from "../../ui/table/order";
import { Time } from "../../ui/Time";

type Row = Resource<Profile>;

/** The best name there is for a person: the e-mail address, else whatever identifies them. */
export function handleOf({ id, attributes }: Row): string {
  return attributes.email ?? attributes.phone_number ?? attributes.external_id ?? `Anonymous (${id.slice(-6)})`;
}

export function nameOf({ first_name, last_name }: Profile): string {
  return [first_name, last_name].filter(Boolean).join(" ");
}

const WHO: Column<Row>[] = [
  { label: "Profile", cell: handleOf, phone: "lead", width: "32%" },
  { label: "Name", cell: ({ attributes }) => nameOf(attributes) || <Text c="dimmed">–</Text>, phone: "more" },
  { label: "Phone", cell: ({ attributes }) => attributes.phone_number ?? <Text c="dimmed">–</Text>, phone: "none" },
];

const CREATED: Column<Row> = {
  label: "Created",
  cell: ({ attributes }) => <Time at={attributes.created} />,
  right: true,
  phone: "end",
  width: 130,
  sort: "-created",
};

const SEEN: Column<Row> = {
  label: "Last event",
  cell: ({ attributes }) => <Time at={attributes.last_event_date} />,
  right: true,
  phone: "none",
  width: 130,
};

type Member = Profile & { joined_group_at?: string | null };

const JOINED: Column<Row> = {
  label: "Joined",
  cell: ({ attributes }) => <Time at={(attributes as Member).joined_group_at} />,
  right: true,
  phone: "end",
  width: 130,
  sort: "-joined_group_at",
};

interface ProfileTableProps {
  pages: Pages<Profile>;
  empty: ReactNode;
  members?: boolean;
  /** A further column on the right. */
  last?: Column<Row>;
  order?: Order;
  onOrder?: (order: Order) => void;
  selection?: Selection<Profile> | undefined;
}

export function ProfileTable({ members, last, ...rest }: ProfileTableProps) {
  // a membership is ordered by when it began; people by what is their own
  const who = members ? WHO : WHO.map((column) => (column.label === "Profile" ? { ...column, sort: "email" } : column));
  const columns = [...who, SEEN, members ? JOINED : CREATED, ...(last ? [last] : [])];
  return <DataTable {...rest} columns={columns} to={({ id }) => `/profiles/${id}`} label="Profiles" />;
}
