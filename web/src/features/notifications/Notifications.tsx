import { Anchor, Button, Group, NativeSelect, Text } from "@mantine/core";
import { IconBell, IconChecks } from "@tabler/icons-react";
import { Link } from "react-router";
import type { Resource } from "../../api/types";
import { useAddress } from "../../ui/address";
import { Endless, type Column } from "../../ui/Endless";
import { Card, Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { Time } from "../../ui/Time";
import { useNotifications, useRead, useUnread, type Notification } from "./queries";
import { KINDS } from "./words";

/** `/notifications`: what happened without this person that their role concerns. */
export function Notifications() {
  const [kind, setKind] = useAddress("kind");
  const pages = useNotifications(kind);
  const unread = useUnread();
  const read = useRead();
  const all = unread > 0 && (
    <Button size="sm" variant="default" leftSection={<IconChecks size={16} />} loading={read.isPending} onClick={() => read.mutate(null)}>
      Mark all as read
    </Button>
  );
  return (
    <Page title="Notifications" subtitle="What happened in this account while you looked elsewhere. Kept for three months." actions={all}>
      <Group>
        <NativeSelect
          aria-label="Kind of notification"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value)}
          data={[{ value: "", label: "Everything" }, ...Object.entries(KINDS).map(([value, label]) => ({ value, label }))]}
        />
      </Group>
      <Card flush>
        <Endless pages={pages} columns={columnsOf((id) => read.mutate([id]))} label="Notifications" empty={<Nothing kind={kind} clear={() => setKind("")} />} />
      </Card>
    </Page>
  );
}

function Nothing({ kind, clear }: { kind: string; clear: () => void }) {
  if (!kind) {
    return (
      <Empty icon={IconBell} title="Nothing happened yet">
        Imports that ended, campaigns that were sent, webhooks that were switched off and the like are told here.
      </Empty>
    );
  }
  const action = (
    <Button size="xs" variant="light" onClick={clear}>
      Show everything
    </Button>
  );
  return (
    <Empty icon={IconBell} title="Nothing of this kind" action={action}>
      Other notifications may be there.
    </Empty>
  );
}

const columnsOf = (onOpen: (id: string) => void): Column<Resource<Notification>>[] => [
  {
    label: "What",
    phone: "lead",
    cell: ({ id, attributes }) => (
      <>
        <Anchor component={Link} to={attributes.page} size="sm" fw={attributes.is_read ? 400 : 700} c={attributes.is_bad ? "red" : "bright"} onClick={() => onOpen(id)}>
          {attributes.title}
        </Anchor>
        <Text size="xs" c="dimmed">
          {attributes.detail}
        </Text>
      </>
    ),
  },
  { label: "Read", phone: "more", width: 110, cell: ({ attributes }) => (attributes.is_read ? "Read" : <b>Unread</b>) },
  { label: "When", phone: "end", width: 130, right: true, cell: ({ attributes }) => <Time at={attributes.created_at} /> },
];
