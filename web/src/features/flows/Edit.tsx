import { Menu, Skeleton } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useAccount } from "../../api/account";
import type { Answer } from "../../api/ask";
import { versionOf } from "../../api/client";
import { announce } from "../../ui/announce";
import { Confirm } from "../../ui/Confirm";
import { Offered } from "../../ui/Offered";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { Editor, type Against } from "./edit/Editor";
import { Publish } from "./edit/Publish";
import { Rehearse } from "./edit/Rehearse";
import { useDeleteFlow, useFlow, useFlowDraft, useFlowOverview, useSaveDraft } from "./queries";
import type { Wire } from "./tree";

export function EditFlow() {
  const { id = "" } = useParams();
  const query = useFlowDraft(id);
  if (query.data) return <Opened key={id} id={id} document={query.data} />;
  return (
    <Page title="Flow" back={["/flows", "Flows"]}>
      {query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={520} radius="lg" />}
    </Page>
  );
}

function Opened({ id, document }: { id: string; document: Answer<"get_flow_draft"> }) {
  // what it was when it was opened
  const [first] = useState(document);
  const account = useAccount();
  const send = useSaveDraft(id);
  const [against, setAgainst] = useState<readonly Against[]>([]);
  const status = useFlow(id).data?.data.attributes.status ?? "draft";
  const overview = useFlowOverview(id).data?.data.attributes;
  const { name, definition } = first.data.attributes;
  const people = overview && overview.entered > 0 ? new Map(overview.steps.map(({ action_id, waiting, done }) => [action_id, { waiting, done }])) : undefined;
  return (
    <Editor
      opened={{ name, definition: definition as Wire }}
      version={versionOf(first) ?? null}
      journalName={`${account.account_id}/flow/${id}`}
      send={send}
      back={`/flows/${id}`}
      people={people}
      against={against}
      actions={({ flush, gaps }) => (
        <>
          <Offered by="create_flow_rehearsal">
            <Rehearse flow={id} />
          </Offered>
          <Offered by="publish_flow_draft">
            <Publish id={id} status={status} flush={flush} gaps={gaps} refuse={setAgainst} />
          </Offered>
        </>
      )}
      more={<More id={id} name={name} />}
    />
  );
}

function More({ id, name }: { id: string; name: string }) {
  const [isDeleting, setIsDeleting] = useState(false);
  const remove = useDeleteFlow(id);
  const navigate = useNavigate();
  return (
    <>
      <Menu.Item c="red" leftSection={<IconTrash size={16} />} closeMenuOnClick={false} onClick={() => setIsDeleting(true)}>
        Delete …
      </Menu.Item>
      <Confirm
        opened={isDeleting}
        close={() => setIsDeleting(false)}
        title={`Delete the flow ${name}?`}
        action="Delete the flow"
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              announce(`The flow ${name} is deleted.`);
              void navigate("/flows");
            },
          })
        }
        pending={remove.isPending}
        error={remove.error}
      >
        Nothing brings it back. Everybody in it leaves; what was sent stays on record.
      </Confirm>
    </>
  );
}
