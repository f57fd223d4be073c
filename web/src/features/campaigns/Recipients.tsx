import { Anchor, Button, Group, NativeSelect, Text, TextInput } from "@mantine/core";
import { IconDownload, IconMail, IconUsersPlus } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import type { Resource } from "../../api/types";
import { useAddress } from "../../ui/address";
import { useOnce } from "../../ui/once";
import { Endless, type Column } from "../../ui/Endless";
import { Sheet } from "../../ui/form/Sheet";
import { Offered } from "../../ui/Offered";
import { Card } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Time } from "../../ui/Time";
import { recipientOf } from "../messages";
import { recipientsFile, useMakeRecipientList, useRecipients, type Recipient } from "./queries";

const STATES = [
  { value: "", label: "Everybody" },
  { value: "waiting", label: "Waiting" },
  { value: "sent", label: "Sent" },
  { value: "delivered", label: "Delivered" },
  { value: "opened", label: "Opened" },
  { value: "clicked", label: "Clicked" },
  { value: "unsubscribed", label: "Unsubscribed" },
  { value: "bounced", label: "Bounced" },
  { value: "skipped", label: "Skipped" },
  { value: "failed", label: "Failed" },
  { value: "in_doubt", label: "In doubt" },
];

const COLUMNS: Column<Resource<Recipient>>[] = [
  { label: "Person", cell: ({ attributes: { email, name, profile_id } }) => email === null && name ? name : recipientOf({ to: email, profile_id }), phone: "lead" },
  { label: "Status", cell: ({ attributes: { status, reason } }) => <Status of={status} detail={reason} />, phone: "end", width: 110 },
  { label: "Why", cell: ({ attributes: { reason } }) => reason ?? "", phone: "line", width: "26%" },
  { label: "Opens", cell: ({ attributes: { opens } }) => opens, right: true, phone: "none", width: 76 },
  { label: "Clicks", cell: ({ attributes: { clicks } }) => clicks, right: true, phone: "none", width: 76 },
  { label: "Sent", cell: ({ attributes: { sent_at } }) => <Time at={sent_at} />, right: true, phone: "more", width: 124 },
];

/** Who got it and what became of it, as a file and as a list. */
export function Recipients({ id, name }: { id: string; name: string }) {
  const [state, setState] = useAddress("state");
  const [making, setMaking] = useState(false);
  const label = STATES.find(({ value }) => value === state)?.label ?? state;
  const aside = (
    <Group gap="xs" justify="flex-end">
      <NativeSelect aria-label="What became of it" size="sm" data={STATES} value={state} onChange={({ currentTarget }) => setState(currentTarget.value || null)} />
      <Offered by="export_campaign_recipients">
        <Button component="a" href={recipientsFile(id, state)} download variant="default" size="sm" leftSection={<IconDownload size={16} />}>
          CSV
        </Button>
      </Offered>
      {state !== "" && (
        <Offered by="create_campaign_recipient_list">
          <Button variant="default" size="sm" leftSection={<IconUsersPlus size={16} />} onClick={() => setMaking(true)}>
            Make a list of them
          </Button>
        </Offered>
      )}
    </Group>
  );
  return (
    <Card title="Recipients" aside={aside} flush>
      <Endless
        pages={useRecipients(id, state)}
        columns={COLUMNS}
        to={({ id: message }) => `/messages/${message}`}
        label="Recipients"
        empty={
          <Empty icon={IconMail} title={state ? "Nobody in this state" : "Nobody yet"}>
            {state ? "Choose another one to see the others." : "They appear here as soon as the campaign is sent."}
          </Empty>
        }
      />
      {making && <MakeList id={id} state={state} start={`${label}: ${name}`} close={() => setMaking(false)} />}
    </Card>
  );
}

function MakeList({ id, state, start, close }: { id: string; state: string; start: string; close: () => void }) {
  const [name, setName] = useState(start);
  const once = useOnce();
  const make = useMakeRecipientList(id);
  const navigate = useNavigate();
  return (
    <Sheet
      opened
      close={close}
      title="Make a list of them"
      action="Make the list"
      onSubmit={() => once((again) => make.mutate({ name, state }, { onSuccess: ({ data }) => void navigate(`/audiences/lists/${data.id}`), onError: again }))}
      pending={make.isPending}
      error={make.error}
    >
      <TextInput label="Name of the list" value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} data-autofocus />
      <Text size="sm" c="dimmed">
        It holds those who are in this state now; later ones are not added by themselves. For a group that follows what people do, make{" "}
        <Anchor component={Link} to="/audiences/segments/new" inherit underline="always">
          a segment
        </Anchor>
        .
      </Text>
    </Sheet>
  );
}
