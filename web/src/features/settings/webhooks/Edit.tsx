import { Button, Group, MultiSelect, PasswordInput, Skeleton, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm, type FormRulesRecord, type UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import type { Answer } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import { Link, useNavigate, useParams } from "react-router";
import { CopyButton } from "../../../ui/Copy";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { Foot } from "../../../ui/form/Foot";
import type { Opened } from "../../../ui/form/useEdit";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { Card, Page } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { topicsOf, useFreshWebhook, useSaveWebhook, useTopics, useWebhook, type Draft } from "./queries";
import { groupOf, topicWords } from "./words";

const FIELDS: Record<string, string> = {
  name: "Name",
  description: "Description",
  endpoint_url: "Address that is called",
  secret_key: "Secret key",
  webhook_topics: "Tells of",
};
const EMPTY: Draft = { name: "", description: "", endpoint_url: "", secret_key: "", webhook_topics: [] };

export function NewWebhook() {
  return <Editor opened={null} />;
}

export function EditWebhook() {
  const { id = "" } = useParams();
  const query = useWebhook(id);
  if (query.data) return <Editor key={id} id={id} opened={openedOf(query.data)} />;
  return (
    <Page title="Edit the webhook" back={["/settings/webhooks", "Webhooks"]}>
      {query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={320} radius="lg" />}
    </Page>
  );
}

function openedOf(document: Answer<"get_webhook">): Opened<Draft> {
  const { name, description } = document.data.attributes;
  const values = { ...EMPTY, name, description: description ?? "", webhook_topics: topicsOf(document.data) };
  return { values, version: versionOf(document) };
}

function Editor({ id, opened }: { id?: string; opened: Opened<Draft> | null }) {
  const start = opened?.values ?? EMPTY;
  const isNew = id === undefined;
  const form = useForm<Draft>({ mode: "uncontrolled", initialValues: start, validate: isNew ? CHECKS : { name: CHECKS.name } });
  const navigate = useNavigate();
  const { edit, submission } = useFormEdit<Draft, Answer<"get_webhook">>({
    form,
    opened,
    send: useSaveWebhook(id).mutateAsync,
    fresh: useFreshWebhook(id ?? ""),
    openedOf,
    done: ({ data }) => void navigate(`/settings/webhooks/${data.id}`),
  });
  const home = isNew ? "/settings/webhooks" : `/settings/webhooks/${id}`;
  return (
    <Page title={isNew ? "New webhook" : "Edit the webhook"} back={[home, isNew ? "Webhooks" : start.name]}>
      <form onSubmit={submission.onSubmit} noValidate>
        <Card>
          <Stack gap="md" maw={640}>
            <Changed
              {...edit}
              thing="webhook"
              nameOf={(field) => FIELDS[field] ?? field}
              shown={(value) => shownValue(Array.isArray(value) ? value.map((topic) => topicWords(String(topic))) : value)}
              overwrite={submission.onSubmit}
            />
            <TextInput label="Name" placeholder="Warehouse" required key={form.key("name")} {...form.getInputProps("name")} />
            <TextInput
              label="Address that is called"
              description={isNew ? "With https. Only its host is shown afterwards." : "Leave it empty to keep the one it has."}
              placeholder="https://warehouse.example/hooks/rapport"
              type="url"
              required={isNew}
              key={form.key("endpoint_url")}
              {...form.getInputProps("endpoint_url")}
            />
            <Secret form={form} isNew={isNew} />
            <Topics form={form} />
            <Textarea label="Description" autosize minRows={2} key={form.key("description")} {...form.getInputProps("description")} />
            <Foot of={submission} label={isNew ? "Create the webhook" : "Save the webhook"}>
              <Button component={Link} to={home} variant="default">
                Cancel
              </Button>
            </Foot>
          </Stack>
        </Card>
      </form>
    </Page>
  );
}

type Form = Pick<UseFormReturnType<Draft, Draft, FormRulesRecord<Draft>>, "key" | "getInputProps" | "setFieldValue">;

const CHECKS = {
  name: (text: string) => (text.trim() ? null : "Give it a name, so that you find it again."),
  endpoint_url: (text: string) => (text.trim() ? null : "Say which address is to be called."),
  secret_key: (text: string) => (text.length >= 16 ? null : "Write 16 characters or more, or press “Make one”."),
  webhook_topics: (topics: string[]) => (topics.length > 0 ? null : "Choose at least one thing it tells of."),
};

/** Shown as it is written, for it has to be copied to the receiver and is never shown again. */
function Secret({ form, isNew }: { form: Form; isNew: boolean }) {
  const [made, setMade] = useState<string | null>(null);
  const make = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(24));
    const text = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
    form.setFieldValue("secret_key", text);
    setMade(text);
  };
  const about = isNew
    ? "Calls are signed with it. Copy it to your receiver: it is not shown again."
    : "Leave it empty to keep the one it has.";
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <PasswordInput
        label="Secret key"
        description={about}
        required={isNew}
        flex={1}
        autoComplete="new-password"
        visible={made !== null}
        key={form.key("secret_key")}
        {...form.getInputProps("secret_key")}
      />
      {made && <CopyButton text={made} label="Copy the secret key" />}
      <Button variant="default" onClick={make}>
        Make one
      </Button>
    </Group>
  );
}

function Topics({ form }: { form: Form }) {
  const query = useTopics();
  const ids = query.data?.data.map(({ id }) => id) ?? [];
  const groups = [...new Set(ids.map(groupOf))].sort();
  const data = groups.map((group) => ({
    group,
    items: ids.filter((id) => groupOf(id) === group).map((id) => ({ value: id, label: topicWords(id) })),
  }));
  return (
    <MultiSelect
      label="Tells of"
      description="One for each kind of event your shop has sent, and the main happenings."
      placeholder={query.isPending ? "Loading …" : "Choose what it tells of"}
      data={data}
      searchable
      hidePickedOptions
      nothingFoundMessage="Nothing of that name. Events appear here once the first one has arrived."
      maxDropdownHeight={320}
      key={form.key("webhook_topics")}
      {...form.getInputProps("webhook_topics")}
    />
  );
}
