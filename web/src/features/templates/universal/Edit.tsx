import { Anchor, Menu, Skeleton, Text } from "@mantine/core";
import { IconCopy, IconTrash } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useAccount } from "../../../api/account";
import type { Answer } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import { useMay } from "../../../api/session";
import { announce } from "../../../ui/announce";
import { Confirm } from "../../../ui/Confirm";
import { Page } from "../../../ui/Page";
import { Closed, Problem } from "../../../ui/States";
import { usesOf } from "../edit/Universal";
import { around, isSection, useCloneUniversal, useCreateUniversal, useDeleteUniversal, useOpenedUniversal, useSaveUniversal, useShowing, within } from "./queries";

const Editor = lazy(async () => ({ default: (await import("../edit/Editor")).Editor }));

const BACK: [string, string] = ["/templates/universal", "Universal content"];

export function EditUniversal() {
  const { id = "" } = useParams();
  const query = useOpenedUniversal(id);
  const may = useMay("update_universal_content");
  if (query.data && may) return <Opened key={id} id={id} document={query.data} />;
  return (
    <Page title={query.data?.data.attributes.name ?? "Universal content"} back={BACK}>
      {!may && <Closed>Your role may look at templates and change none.</Closed>}
      {may && query.error && <Problem error={query.error} retry={query.refetch} />}
      {may && query.isPending && <Skeleton height={480} radius="lg" />}
    </Page>
  );
}

function Opened({ id, document }: { id: string; document: Answer<"get_universal_content"> }) {
  // what it was when it was opened
  const [first] = useState(document);
  const account = useAccount();
  const { name, definition } = first.data.attributes;
  const wasSection = isSection(definition);
  const send = useSaveUniversal(id, wasSection);
  const create = useCreateUniversal();
  const navigate = useNavigate();
  const showing = useShowing(id).data;
  const uses = showing && usesOf(showing);
  const isUsed = showing !== undefined && showing.data.length > 0;
  const copied = ({ data }: { data: { id: string } }) => {
    announce("Yours is kept as a copy.");
    void navigate(`/templates/universal/${data.id}`);
  };
  return (
    <>
      {isUsed && (
        <Text size="sm" c="dimmed" mb="xs">
          Shown by {uses}:{" "}
          {showing.data.slice(0, 3).map((template, place) => (
            <span key={template.id}>
              {place > 0 && ", "}
              <Anchor component={Link} to={`/templates/${template.id}`} inherit underline="always">
                {template.attributes.name}
              </Anchor>
            </span>
          ))}
          {showing.data.length > 3 && " …"}. What is saved here changes them all.
        </Text>
      )}
      <Suspense fallback={<Skeleton height={480} radius="lg" />}>
        <Editor
          opened={{ name, definition: around(definition) }}
          version={versionOf(first) ?? null}
          journalName={`${account.account_id}/universal/${id}`}
          send={send}
          more={<More id={id} name={name} uses={isUsed ? uses : undefined} />}
          scope={wasSection ? "section" : "block"}
          saveWords={isUsed ? `Save in ${uses}` : "Save it"}
          back={BACK}
          saveCopy={(content) => {
            const found = within(content.definition, wasSection);
            if (found) create.mutate({ name: `${content.name} (mine)`, definition: found.part }, { onSuccess: copied });
          }}
        />
      </Suspense>
    </>
  );
}

function More({ id, name, uses }: { id: string; name: string; uses: string | undefined }) {
  const [isDeleting, setIsDeleting] = useState(false);
  const clone = useCloneUniversal();
  const remove = useDeleteUniversal(id);
  const navigate = useNavigate();
  const duplicated = ({ data }: { data: { id: string } }) => {
    announce(`${name} is duplicated.`);
    void navigate(`/templates/universal/${data.id}`);
  };
  const deleted = () => {
    announce(`${name} is deleted.`);
    void navigate("/templates/universal");
  };
  return (
    <>
      <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => clone.mutate({ id, name: `Copy of ${name}` }, { onSuccess: duplicated })}>
        Duplicate
      </Menu.Item>
      <Menu.Item c="red" leftSection={<IconTrash size={16} />} closeMenuOnClick={false} onClick={() => setIsDeleting(true)}>
        Delete …
      </Menu.Item>
      <Confirm
        opened={isDeleting}
        close={() => setIsDeleting(false)}
        title={`Delete ${name}?`}
        action="Delete the universal content"
        onConfirm={() => remove.mutate(undefined, { onSuccess: deleted })}
        pending={remove.isPending}
        error={remove.error}
      >
        {uses ? `Shown by ${uses}, which show nothing in its place then. ` : "No template shows it. "}Nothing brings it back.
      </Confirm>
    </>
  );
}
