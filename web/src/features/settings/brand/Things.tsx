import { ActionIcon, Button, Group, Menu, Modal, Skeleton, Text } from "@mantine/core";
import { IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Confirm } from "../../../ui/Confirm";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { useDeleteThing, useFreshThing, type Kind, type Thing } from "./queries";

interface LoadedProps<Row> {
  query: { error: Error | null; refetch: () => unknown };
  rows: readonly Row[] | undefined;
  empty: string;
  children: (rows: readonly Row[]) => ReactNode;
}

/** Things of the brand, or what stands in their place. */
export function Loaded<Row>({ query, rows, empty, children }: LoadedProps<Row>) {
  if (!rows) return query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={90} radius="md" />;
  if (rows.length > 0) return children(rows);
  return (
    <Text size="sm" c="dimmed">
      {empty}
    </Text>
  );
}

interface ThingsCardProps<Row> extends LoadedProps<Row> {
  title: string;
  /** On the button and the window for a further one: "Add a button". */
  add: string;
  /** What stands in that window; `done` closes it. */
  edit: (done: () => void) => ReactNode;
}

/** Things of one kind, and a window for a further one. */
export function ThingsCard<Row>({ title, add, edit, ...loaded }: ThingsCardProps<Row>) {
  const [opened, setOpened] = useState(false);
  const close = () => setOpened(false);
  return (
    <Card
      title={title}
      aside={
        <Button size="xs" variant="default" leftSection={<IconPlus size={15} />} onClick={() => setOpened(true)}>
          {add}
        </Button>
      }
    >
      <Loaded {...loaded} />
      <Modal opened={opened} onClose={close} title={add} size="lg">
        {edit(close)}
      </Modal>
    </Card>
  );
}

interface ThingMenuProps<Of extends Kind> {
  kind: Of;
  id: string;
  /** As in “logo”. */
  noun: string;
  name: string;
  /** What stands in the window for changing it, as it is when that opens; `done` closes it. */
  edit: (thing: Thing<Of>, done: () => void) => ReactNode;
  /** More to do with it. */
  children?: ReactNode;
}

/** What can be done with a thing of the brand. */
export function ThingMenu<Of extends Kind>({ kind, id, noun, name, edit, children }: ThingMenuProps<Of>) {
  const [opened, setOpened] = useState<"edit" | "delete" | null>(null);
  const opening = useMutation({ mutationFn: useFreshThing(kind, id) });
  const remove = useDeleteThing(kind, id);
  const close = () => setOpened(null);
  const change = () => {
    opening.mutate();
    setOpened("edit");
  };
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${name}`}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={15} />} onClick={change}>
            Change
          </Menu.Item>
          {children}
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => setOpened("delete")}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={opened === "edit" && !opening.isPending} onClose={close} title={`Change the ${noun}`} size="lg">
        {opening.data && edit(opening.data, close)}
        {opening.error && <Problem error={opening.error} retry={opening.mutate} />}
      </Modal>
      <Confirm
        opened={opened === "delete"}
        close={close}
        title={`Delete ${name}?`}
        action={`Delete the ${noun}`}
        onConfirm={() => remove.mutate(undefined, { onSuccess: close })}
        pending={remove.isPending}
        error={remove.error}
      >
        New e-mails don&apos;t show it any more. What was sent, and templates that hold it, stay as they are.
      </Confirm>
    </>
  );
}

/** The heading of one thing: its name, what else is to be said, and what can be done. */
export function ThingHead({ name, mark, children }: { name: string; mark?: ReactNode; children: ReactNode }) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <Group gap={6} miw={0} wrap="nowrap">
        <Text size="sm" fw={600} truncate>
          {name}
        </Text>
        {mark}
      </Group>
      {children}
    </Group>
  );
}
