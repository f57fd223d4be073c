import { Radio, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Answer } from "../../api/ask";
import { versionOf } from "../../api/client";
import { announce } from "../../ui/announce";
import { Changed, shownValue } from "../../ui/form/Changed";
import { Sheet } from "../../ui/form/Sheet";
import { useEdit, type Opened } from "../../ui/form/useEdit";
import { words } from "../../ui/format";
import { useFreshList, useSaveList, type ListDraft } from "./queries";

type Draft = { name: string; opt_in_process: string };

export function NewList({ close }: { close: () => void }) {
  return <Form opened={{ values: { name: "", opt_in_process: "double_opt_in" }, version: undefined }} close={close} />;
}

/** `document`: the list as it was when it was opened. */
export function EditList({ id, document, close }: { id: string; document: Answer<"get_list">; close: () => void }) {
  const [opened] = useState(openedOf(document));
  return <Form id={id} opened={opened} close={close} />;
}

function openedOf(document: Answer<"get_list">): Opened<Draft> {
  const { name, opt_in_process } = document.data.attributes;
  return { values: { name: name ?? "", opt_in_process: opt_in_process ?? "double_opt_in" }, version: versionOf(document) };
}

function Form({ id, opened, close }: { id?: string; opened: Opened<Draft>; close: () => void }) {
  const isNew = id === undefined;
  const [draft, setDraft] = useState(opened.values);
  const [problem, setProblem] = useState<string | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const save = useSaveList(id);
  const fresh = useFreshList(id ?? "");
  const navigate = useNavigate();
  const edit = useEdit<Draft, Answer<"update_list">>({
    opened,
    send: (values, fields, version) => {
      const sent = Object.entries(values).filter(([field]) => isNew || fields.includes(field));
      return save.mutateAsync({ ...(Object.fromEntries(sent) as Partial<ListDraft>), version });
    },
    fresh: async () => openedOf(await fresh()),
    fill: setDraft,
  });
  const onSuccess = ({ data }: Answer<"update_list">) => {
    announce(isNew ? `The list ${draft.name} is there.` : "Saved.");
    close();
    if (isNew) void navigate(`/audiences/lists/${data.id}`);
  };
  const submit = () => {
    const name = draft.name.trim();
    setError(null);
    setProblem(name ? null : "Give it a name.");
    if (name) edit.save({ ...draft, name }, { onSuccess, onError: setError });
  };
  return (
    <Sheet opened close={close} title={isNew ? "New list" : "Edit the list"} action={isNew ? "Create the list" : "Save the list"} onSubmit={submit} pending={edit.pending} error={error}>
      <Changed {...edit} thing="list" nameOf={(field) => (field === "name" ? "Name" : "Opt-in")} shown={(value) => shownValue(words(String(value)))} overwrite={submit} />
      <TextInput
        label="Name"
        placeholder="Newsletter"
        value={draft.name}
        error={problem}
        data-autofocus
        onChange={({ currentTarget }) => setDraft({ ...draft, name: currentTarget.value })}
      />
      <Radio.Group label="Opt-in" value={draft.opt_in_process} onChange={(opt_in_process) => setDraft({ ...draft, opt_in_process })}>
        <Stack gap="xs" mt={6}>
          <Radio value="double_opt_in" label="Double opt-in" description="Consent counts once the link in a confirmation e-mail was followed." />
          <Radio value="single_opt_in" label="Single opt-in" description="Consent counts at once." />
        </Stack>
      </Radio.Group>
    </Sheet>
  );
}
