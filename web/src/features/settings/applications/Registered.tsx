import { ActionIcon, Alert, Button, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import { IconApps, IconDots, IconPencil, IconPlus, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { rowsOf } from "../../../api/records";
import type { Resource } from "../../../api/types";
import { Confirm } from "../../../ui/Confirm";
import { CopyLine } from "../../../ui/Copy";
import { More } from "../../../ui/Endless";
import { count } from "../../../ui/format";
import { Card } from "../../../ui/Page";
import { Empty, Problem, Rows } from "../../../ui/States";
import { AppForm } from "./AppForm";
import { useApps, useDeleteApp, useFreshApp, useRotateSecret, type App, type Document } from "./queries";

type Row = Resource<App>;

/** Applications of the installation, for who administers it. */
export function RegisteredApplications() {
  const apps = useApps();
  const [form, setForm] = useState<Document | "new" | null>(null);
  const [made, setMade] = useState<Row | null>(null);
  const rows = rowsOf(apps.data);
  const create = (
    <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setForm("new")}>
      Register an application
    </Button>
  );
  return (
    <Card title="Registered in this installation" aside={create}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Any account of this installation may allow these. Only who administers it sees them here.
        </Text>
        {!rows && apps.error && <Problem error={apps.error} retry={apps.refetch} />}
        {!rows && !apps.error && <Rows rows={2} />}
        {rows?.length === 0 && (
          <Empty icon={IconApps} title="No applications yet" action={create}>
            An integration for many shops is registered once. Then each shop allows it access on a page of Rapport, without a key.
          </Empty>
        )}
        {rows?.map((row) => <Line key={row.id} row={row} edit={setForm} onSecret={setMade} />)}
        <More pages={apps} />
      </Stack>
      {form && <AppForm of={form === "new" ? null : form} close={() => setForm(null)} onMade={setMade} />}
      <Credentials of={made} close={() => setMade(null)} />
    </Card>
  );
}

function Credentials({ of, close }: { of: Row | null; close: () => void }) {
  return (
    <Modal opened={of !== null} onClose={close} title={of?.attributes.name} centered>
      <Stack gap="md">
        <Text size="sm">Copy the secret now: it is shown this once, and only its hash is kept.</Text>
        <CopyLine label="Client ID" text={of?.id ?? ""} />
        <CopyLine label="Client secret" text={of?.attributes.client_secret ?? ""} />
        <Group justify="flex-end">
          <Button onClick={close}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface LineProps {
  row: Row;
  /** With the application as it is now. */
  edit: (app: Document) => void;
  onSecret: (row: Row) => void;
}

function Line({ row, edit, onSecret }: LineProps) {
  const [asked, setAsked] = useState<"secret" | "delete" | null>(null);
  const close = () => setAsked(null);
  const opening = useMutation({ mutationFn: useFreshApp(row.id) });
  const rotate = useRotateSecret();
  const remove = useDeleteApp();
  const { id, attributes } = row;
  const rotated = ({ data }: { data: Row }) => {
    close();
    onSecret(data);
  };
  return (
    <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
      <div style={{ minWidth: 0, overflowWrap: "anywhere" }}>
        <Text size="sm" fw={600}>
          {attributes.name}
        </Text>
        <Text size="xs" c="dimmed">
          <code>{id}</code>, {accountsOf(attributes.accounts)}
        </Text>
        <Text size="xs" c="dimmed">
          {attributes.redirect_uris.join(", ")}
        </Text>
        <Text size="xs" c="dimmed">
          {attributes.scopes.join(", ")}
        </Text>
        {opening.error && <Problem error={opening.error} retry={() => opening.mutate(undefined, { onSuccess: edit })} />}
      </div>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More about ${attributes.name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => opening.mutate(undefined, { onSuccess: edit })}>
            Edit …
          </Menu.Item>
          <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => setAsked("secret")}>
            Make a new secret …
          </Menu.Item>
          <Menu.Item c="red" leftSection={<IconTrash size={16} />} onClick={() => setAsked("delete")}>
            Delete …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asked === "secret"}
        close={close}
        title={`Make a new secret for ${attributes.name}?`}
        action="Make a new secret"
        pending={rotate.isPending}
        error={rotate.error}
        onConfirm={() => rotate.mutate(id, { onSuccess: rotated })}
      >
        The secret of now ends at once. Until the application has the new one it can connect no account and renew no access; access that it
        has goes on for up to an hour.
      </Confirm>
      <Confirm
        opened={asked === "delete"}
        close={close}
        title={`Delete ${attributes.name}?`}
        action="Delete the application"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(id, { onSuccess: close })}
      >
        <Alert color="red">It loses its access to {accountsOf(attributes.accounts)}, and nothing brings it back.</Alert>
      </Confirm>
    </Group>
  );
}

const accountsOf = (number: number): string => (number === 0 ? "no account" : number === 1 ? "one account" : `${count(number)} accounts`);
