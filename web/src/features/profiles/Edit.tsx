import { Alert, Anchor, Button, Group, SimpleGrid, Skeleton, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import type { Answer } from "../../api/ask";
import { ApiProblem, versionOf } from "../../api/client";
import { announce } from "../../ui/announce";
import { Changed, shownValue } from "../../ui/form/Changed";
import { markFaults } from "../../ui/form/faults";
import { changed, type Values } from "../../ui/form/join";
import { useEdit, type Opened } from "../../ui/form/useEdit";
import { useUnsaved } from "../../ui/form/useUnsaved";
import { Card, Page } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { changeOf, draftOf, flatOf, flatOfProfile, labelOf, WHERE, WHO, type Draft } from "./fields";
import { problemOf } from "./properties";
import { Properties } from "./PropertiesForm";
import { useFreshProfile, useProfile, useSaveProfile } from "./queries";
import { handleOf, nameOf } from "./Table";

export function NewProfile() {
  return <Editor opened={{ values: flatOfProfile({}), version: undefined }} name="" />;
}

export function EditProfile() {
  const { id = "" } = useParams();
  const query = useProfile(id);
  const profile = query.data?.data;
  if (query.data && profile) {
    return <Editor key={id} id={id} opened={openedOf(query.data)} name={nameOf(profile.attributes) || handleOf(profile)} />;
  }
  return (
    <Page title="Edit the profile" back={["/profiles", "Profiles"]}>
      {query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={480} radius="lg" />}
    </Page>
  );
}

const openedOf = (document: Answer<"get_profile">): Opened<Values> => ({
  values: flatOfProfile(document.data.attributes),
  version: versionOf(document),
});

function validate(draft: Draft) {
  const names = draft.properties.map(({ name }) => name);
  const problems = draft.properties.map((row, place) => [`properties.${place}`, problemOf(row, names)] as const);
  const nobody = !draft.email.trim() && !draft.phone_number.trim() && !draft.external_id.trim();
  return {
    ...Object.fromEntries(problems.filter(([, problem]) => problem !== null)),
    ...(nobody ? { email: "Write an e-mail address, a phone number or an external ID, so that the person is known again." } : {}),
  };
}

function Editor({ id, opened, name }: { id?: string; opened: Opened<Values>; name: string }) {
  const isNew = id === undefined;
  // What it was when it was opened: a newer one that arrives meanwhile doesn't change what is being written.
  const [first] = useState(opened);
  const form = useForm<Draft>({ mode: "controlled", initialValues: draftOf(first.values), validate: (draft) => (isNew ? validate(draft) : withoutNobody(draft)) });
  const [failure, setFailure] = useState<{ text: string; duplicate: string | null } | null>(null);
  const save = useSaveProfile(id);
  const fresh = useFreshProfile(id ?? "");
  const leave = useUnsaved(changed(first.values, flatOf(form.values)).length > 0, "this profile");
  const navigate = useNavigate();
  const home = isNew ? "/profiles" : `/profiles/${id}`;
  const edit = useEdit<Values, Answer<"update_profile">>({
    opened: first,
    send: (values, fields, version) => save.mutateAsync({ ...changeOf(values, fields), version }),
    fresh: async () => openedOf(await fresh()),
    fill: (values) => form.setValues(draftOf(values)),
  });
  const onSuccess = ({ data }: Answer<"update_profile">) => {
    announce("Saved.");
    leave.allow();
    void navigate(`/profiles/${data.id}`);
  };
  const onError = (error: Error) => {
    const text = markFaults(form, error);
    setFailure(text ? { text, duplicate: duplicateIn(error) } : null);
  };
  const onSubmit = form.onSubmit(
    (draft) => {
      setFailure(null);
      edit.save(flatOf(draft), { onSuccess, onError });
    },
    (errors) => document.getElementById(fieldId(Object.keys(errors)[0] ?? ""))?.focus(),
  );
  const text = ([field, label]: readonly [Exclude<keyof Draft, "properties">, string]) => (
    <TextInput key={field} id={fieldId(field)} label={label} type={field === "email" ? "email" : field === "phone_number" ? "tel" : "text"} {...form.getInputProps(field)} />
  );
  return (
    <Page title={isNew ? "New profile" : "Edit the profile"} subtitle={name || undefined} back={[home, isNew ? "Profiles" : name]}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="lg" maw={860}>
          <Changed {...edit} thing="profile" nameOf={labelOf} shown={shownValue} overwrite={onSubmit} />
          <Card title="Who">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>{WHO.map(text)}</SimpleGrid>
          </Card>
          <Card title="Where">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>{WHERE.map(text)}</SimpleGrid>
          </Card>
          <Properties rows={form.values.properties} errors={form.errors} change={(rows) => form.setFieldValue("properties", rows)} />
          {failure && (
            <Alert color="red" role="alert" title="Not saved">
              {failure.text}{" "}
              {failure.duplicate && (
                <Anchor component={Link} to={`/profiles/${failure.duplicate}`} size="sm" underline="always">
                  Open the profile that has it
                </Anchor>
              )}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={edit.pending}>
              {isNew ? "Create the profile" : "Save the profile"}
            </Button>
            <Button component={Link} to={home} variant="default">
              Cancel
            </Button>
          </Group>
        </Stack>
      </form>
      {leave.question}
    </Page>
  );
}

/** Who is there already may be known by a device alone. */
function withoutNobody(draft: Draft) {
  return Object.fromEntries(Object.entries(validate(draft)).filter(([field]) => field !== "email"));
}

export const fieldId = (field: string) => `profile-${field.replace(".", "-")}`;

function duplicateIn(error: Error): string | null {
  const meta = error instanceof ApiProblem ? error.faults[0]?.meta : undefined;
  return typeof meta?.duplicate_profile_id === "string" ? meta.duplicate_profile_id : null;
}
