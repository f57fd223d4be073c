import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { useCampaignOverview } from "./queries";
import type { Campaign, CampaignOverview, Resource } from "../../api/types";
import { Endless, type Column, type Pages } from "../../ui/Endless";
import { brief, money, rate } from "../../ui/format";
import { Status } from "../../ui/Status";
import { Time } from "../../ui/Time";

type Row = Resource<Campaign>;

/** One number of a campaign. Every cell of a row asks the same query, so a row costs one request. */
function Of({ row, read }: { row: Row; read: (overview: CampaignOverview) => ReactNode }) {
  const overview = useCampaignOverview(row.id);
  if (overview.isPending) return <Skeleton height={14} width={48} display="inline-block" />;
  if (!overview.data) return <span>–</span>;
  return <>{read(overview.data.data.attributes)}</>;
}

const cell = (read: (overview: CampaignOverview) => ReactNode) => (row: Row) => <Of row={row} read={read} />;

const NAME: Column<Row> = {
  label: "Campaign",
  cell: ({ attributes }) => attributes.definition.name || "Untitled campaign",
  phone: "lead",
};
const STATUS: Column<Row> = { label: "Status", cell: cell(({ status }) => <Status of={status} />), phone: "end", width: 108 };
const REVENUE: Column<Row> = {
  label: "Revenue",
  cell: cell(({ revenue, currency }) => money(revenue, currency)),
  right: true,
  phone: "more",
  width: 110,
};

const WIDE: Column<Row>[] = [
  NAME,
  STATUS,
  { label: "Recipients", cell: cell(({ recipients }) => brief(recipients)), right: true, phone: "none", width: 98 },
  {
    label: "Open rate",
    cell: cell(({ opens_unique, delivered }) => rate(opens_unique, delivered)),
    right: true,
    phone: "none",
    width: 98,
  },
  {
    label: "Click rate",
    cell: cell(({ clicks_unique, delivered }) => rate(clicks_unique, delivered)),
    right: true,
    phone: "none",
    width: 98,
  },
  REVENUE,
  { label: "Created", cell: ({ attributes }) => <Time at={attributes.created_at} />, right: true, phone: "more", width: 118 },
];

interface CampaignTableProps {
  pages: Pages<Campaign>;
  empty: ReactNode;
  narrow?: boolean;
}

export function CampaignTable({ pages, empty, narrow }: CampaignTableProps) {
  const columns = narrow ? [NAME, STATUS, REVENUE] : WIDE;
  return <Endless pages={pages} columns={columns} to={({ id }) => `/campaigns/${id}`} empty={empty} label="Campaigns" />;
}
