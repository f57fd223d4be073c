import { Anchor, Group, Text } from "@mantine/core";
import { IconBell, IconMail, IconMessage, IconWebhook, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Message, MessageSource, Resource } from "../../api/types";
import { count, words } from "../../ui/format";
import { Endless, type Column, type Pages } from "../../ui/Endless";
import { Status } from "../../ui/Status";
import { Time } from "../../ui/Time";
import { recipientOf, subjectOf } from "./words";

const CHANNELS: Record<string, Icon> = { email: IconMail, sms: IconMessage, push: IconBell, webhook: IconWebhook };

const channelName = (of: string) => (of === "sms" ? "SMS" : words(of));

export function Channel({ of }: { of: string }) {
  const Icon = CHANNELS[of] ?? IconMail;
  return (
    <Group gap={6} wrap="nowrap">
      <Icon size={15} stroke={1.7} />
      <span>{channelName(of)}</span>
    </Group>
  );
}

function ChannelIcon({ of }: { of: string }) {
  const Icon = CHANNELS[of] ?? IconMail;
  return (
    <Text span c="dimmed" role="img" aria-label={channelName(of)} title={channelName(of)}>
      <Icon size={16} stroke={1.7} style={{ display: "block" }} />
    </Text>
  );
}

export function Source({ of }: { of: Message["source"] }) {
  if (!of) return <span>–</span>;
  const { kind, id, name } = of as unknown as MessageSource;
  if (!id) return <span>{name}</span>;
  return (
    <Anchor component={Link} to={`/${kind}s/${id}`} size="sm" c="dimmed" lineClamp={1} title={name}>
      {name}
    </Anchor>
  );
}

function Subject({ of }: { of: Message }) {
  return (
    <Text size="sm" c="dimmed" lineClamp={1}>
      {subjectOf(of)}
    </Text>
  );
}

type Row = Resource<Message>;

const FIRST: Column<Row>[] = [
  { label: "Recipient", cell: ({ attributes }) => recipientOf(attributes), phone: "lead", width: "26%" },
  { label: "Subject", cell: ({ attributes }) => <Subject of={attributes} />, phone: "line" },
  { label: "Channel", cell: ({ attributes }) => <ChannelIcon of={attributes.channel} />, phone: "none", width: 70 },
];

const SOURCE: Column<Row> = {
  label: "From",
  cell: ({ attributes }) => <Source of={attributes.source} />,
  phone: "none",
  width: "16%",
};

const LAST: Column<Row>[] = [
  {
    label: "Status",
    cell: ({ attributes }) => <Status of={attributes.status} detail={attributes.skip_reason} />,
    phone: "end",
    width: 104,
  },
  { label: "Opens", cell: ({ attributes }) => count(attributes.opens), right: true, phone: "none", width: 64 },
  { label: "Clicks", cell: ({ attributes }) => count(attributes.clicks), right: true, phone: "none", width: 64 },
  {
    label: "Time",
    cell: ({ attributes }) => <Time at={attributes.sent_at ?? attributes.created} />,
    right: true,
    phone: "more",
    width: 118,
  },
];

interface MessageTableProps {
  pages: Pages<Message>;
  empty: ReactNode;
  /** The campaign or flow is already said by the page around. */
  withoutSource?: boolean;
}

export function MessageTable({ pages, empty, withoutSource }: MessageTableProps) {
  const columns = withoutSource ? [...FIRST, ...LAST] : [...FIRST, SOURCE, ...LAST];
  return <Endless pages={pages} columns={columns} to={({ id }) => `/messages/${id}`} empty={empty} label="Messages" />;
}
