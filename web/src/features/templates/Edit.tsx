import { Menu, Skeleton } from "@mantine/core";
import { IconCopy, IconTrash } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useAccount } from "../../api/account";
import type { Answer } from "../../api/ask";
import { versionOf } from "../../api/client";
import { useMay } from "../../api/session";
import { announce } from "../../ui/announce";
import { Confirm } from "../../ui/Confirm";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { Code } from "./Code";
import type { Content } from "./edit/Editor";
import { definitionOf, useCloneTemplate, useCreateTemplate, useDeleteTemplate, useSaveTemplate, useTemplate } from "./queries";
import { Thumbnail } from "./Thumbnail";

// with its text editor, a chunk of its own: a template of HTML needs none of it
const Editor = lazy(async () => ({ default: (await import("./edit/Editor")).Editor }));

export function EditTemplate() {
  const { id = "" } = useParams();
  const query = useTemplate(id);
  const may = useMay("update_template");
  if (query.data && !may) return <Seen document={query.data} />;
  if (query.data) return <Opened key={id} id={id} document={query.data} />;
  return (
    <Page title="Template" back={["/templates", "Templates"]}>
      {query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={480} radius="lg" />}
    </Page>
  );
}

/** For those who may not change it. */
function Seen({ document }: { document: Answer<"get_template"> }) {
  const { name, html } = document.data.attributes;
  return (
    <Page title={name ?? "Template"} back={["/templates", "Templates"]} subtitle="Your role may look at templates and change none.">
      <Card>
        <Thumbnail html={html ?? ""} />
      </Card>
    </Page>
  );
}

function Opened({ id, document }: { id: string; document: Answer<"get_template"> }) {
  // what it was when it was opened
  const [first] = useState(document);
  const account = useAccount();
  const send = useSaveTemplate(id);
  const create = useCreateTemplate();
  const navigate = useNavigate();
  const definition = definitionOf(first);
  const name = first.data.attributes.name ?? "";
  const version = versionOf(first) ?? null;
  const journalName = `${account.account_id}/template/${id}`;
  const more = <More id={id} name={name} />;
  const copied = ({ data }: { data: { id: string } }) => {
    announce("Yours is kept as a copy.");
    void navigate(`/templates/${data.id}`);
  };
  if (definition === null)
    return <Code opened={{ name, html: first.data.attributes.html ?? "" }} version={version} send={send} more={more} />;
  return (
    <Suspense fallback={<Skeleton height={480} radius="lg" />}>
      <Editor
        opened={{ name, definition }}
        version={version}
        journalName={journalName}
        send={send}
        more={more}
        saveCopy={({ name: called, definition: own }: Content) => create.mutate({ name: `${called} (mine)`, editor_type: "SYSTEM_DRAGGABLE", definition: own }, { onSuccess: copied })}
      />
    </Suspense>
  );
}

function More({ id, name }: { id: string; name: string }) {
  const [isDeleting, setIsDeleting] = useState(false);
  const clone = useCloneTemplate();
  const remove = useDeleteTemplate(id);
  const navigate = useNavigate();
  return (
    <>
      <Menu.Item
        leftSection={<IconCopy size={16} />}
        onClick={() =>
          clone.mutate(
            { id, name: `Copy of ${name}` },
            {
              onSuccess: ({ data }) => {
                announce("The template is duplicated.");
                void navigate(`/templates/${data.id}`);
              },
            },
          )
        }
      >
        Duplicate
      </Menu.Item>
      <Offered by="delete_template">
        <Menu.Item c="red" leftSection={<IconTrash size={16} />} closeMenuOnClick={false} onClick={() => setIsDeleting(true)}>
          Delete …
        </Menu.Item>
      </Offered>
      <Confirm
        opened={isDeleting}
        close={() => setIsDeleting(false)}
        title={`Delete the template ${name}?`}
        action="Delete the template"
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              announce(`The template ${name} is deleted.`);
              void navigate("/templates");
            },
          })
        }
        pending={remove.isPending}
        error={remove.error}
      >
        Nothing brings it back. Campaigns and flows that took a copy of it keep theirs.
      </Confirm>
    </>
  );
}

