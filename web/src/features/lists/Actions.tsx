import { Anchor, Button, Group, List, Menu, Skeleton, TagsInput, Text } from "@mantine/core";
import { IconChevronDown, IconDownload, IconPencil, IconTag, IconTrash, IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import type { Answer } from "../../api/ask";
import { announce } from "../../ui/announce";
import { Confirm } from "../../ui/Confirm";
import { Sheet } from "../../ui/form/Sheet";
import { count } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { AddPeople } from "./AddPeople";
import { Export } from "./Export";
import { EditList } from "./ListForm";
import { useDeleteList, useForgetLists, useReferences, useSetTags, useTags, useTagsOf, type Reference } from "./queries";

type Open = "edit" | "tags" | "add" | "export" | "delete" | null;

/** Everything that can be done to a list. */
export function Actions({ id, document }: { id: string; document: Answer<"get_list"> }) {
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const name = document.data.attributes.name ?? id;
  return (
    <Group gap="xs">
      <Offered by="add_profiles_to_list">
        <Button size="sm" leftSection={<IconUserPlus size={16} />} onClick={() => setOpen("add")}>
          Add people
        </Button>
      </Offered>
      <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" size="sm" rightSection={<IconChevronDown size={15} />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Offered by="update_list">
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setOpen("edit")}>
              Rename or change …
            </Menu.Item>
            <Menu.Item leftSection={<IconTag size={16} />} onClick={() => setOpen("tags")}>
              Tags …
            </Menu.Item>
          </Offered>
          <Offered by="create_profile_bulk_export_job">
            <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => setOpen("export")}>
              Export as CSV …
            </Menu.Item>
          </Offered>
          <Offered by="delete_list">
            <Menu.Divider />
            <Menu.Item c="red" leftSection={<IconTrash size={16} />} onClick={() => setOpen("delete")}>
              Delete …
            </Menu.Item>
          </Offered>
        </Menu.Dropdown>
      </Menu>
      {open === "edit" && <EditList id={id} document={document} close={close} />}
      {open === "tags" && <Tags id={id} close={close} />}
      {open === "add" && <AddPeople id={id} name={name} close={close} />}
      {open === "export" && <Export id={id} name={name} number={document.data.attributes.profile_count ?? 0} close={close} />}
      {open === "delete" && <Delete id={id} name={name} number={document.data.attributes.profile_count ?? 0} close={close} />}
    </Group>
  );
}

function Tags({ id, close }: { id: string; close: () => void }) {
  const has = useTagsOf(id).data?.data.flatMap(({ attributes }) => attributes.name ?? []);
  if (!has) return null;
  return <TagsForm id={id} has={has} close={close} />;
}

function TagsForm({ id, has, close }: { id: string; has: string[]; close: () => void }) {
  const [names, setNames] = useState(has);
  const all = useTags().data?.data.flatMap(({ attributes }) => attributes.name ?? []) ?? [];
  const save = useSetTags(id);
  const done = () => {
    announce("The tags are saved.");
    close();
  };
  return (
    <Sheet opened close={close} title="Tags of the list" action="Save the tags" onSubmit={() => save.mutate(names, { onSuccess: done })} pending={save.isPending} error={save.error}>
      <TagsInput label="Tags" description="Write one and press Enter, or choose." data={all} value={names} onChange={setNames} acceptValueOnBlur />
    </Sheet>
  );
}

const PATHS: Record<string, string> = { flow: "/flows/", segment: "/audiences/segments/", campaign: "/campaigns/" };

function Delete({ id, name, number, close }: { id: string; name: string; number: number; close: () => void }) {
  const references = useReferences(id, true);
  const remove = useDeleteList(id);
  const navigate = useNavigate();
  const forget = useForgetLists();
  const done = () => {
    announce(`The list ${name} is deleted.`);
    forget();
    void navigate("/audiences");
  };
  return (
    <Confirm
      opened
      close={close}
      title={`Delete the list ${name}?`}
      action="Delete the list"
      onConfirm={() => remove.mutate(undefined, { onSuccess: done })}
      pending={remove.isPending}
      error={remove.error ?? references.error}
    >
      The list goes, and nothing brings it back. Its {count(number)} {number === 1 ? "member stays a profile" : "members stay profiles"}, with the consent they gave.
      {references.isPending && <Skeleton height={20} mt="sm" />}
      {references.data && <Named by={references.data.data.map(({ attributes }) => attributes)} />}
    </Confirm>
  );
}

function Named({ by }: { by: Reference[] }) {
  if (by.length === 0) {
    return (
      <Text size="sm" mt="sm">
        No flow, segment or campaign refers to it.
      </Text>
    );
  }
  return (
    <>
      <Text size="sm" mt="sm" fw={600}>
        These refer to it and find nobody by it any more:
      </Text>
      <List size="sm" mt={4}>
        {by.map(({ kind, record, name, status }) => (
          <List.Item key={`${kind}:${record}`}>
            <Anchor component={Link} to={`${PATHS[kind] ?? "/"}${record}`} size="sm" underline="always">
              {name}
            </Anchor>{" "}
            ({status ? `${kind}, ${status.toLowerCase()}` : kind})
          </List.Item>
        ))}
      </List>
    </>
  );
}
