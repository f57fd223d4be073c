import { Alert, Anchor, Button, Group, Select, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "react-router";
import type { Answer } from "../../../api/ask";
import { ApiProblem } from "../../../api/client";
import { useMay } from "../../../api/session";
import { announce } from "../../../ui/announce";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { useEdit } from "../../../ui/form/useEdit";
import { useUnsaved } from "../../../ui/form/useUnsaved";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { Preview } from "./Preview";
import {
  GROUPS,
  LANGUAGES,
  nameOf,
  openedOf,
  useFreshTexts,
  usePreview,
  useSaveTexts,
  useTexts,
  type Draft,
  type Group as TextGroup,
  type Language,
} from "./texts";
import classes from "./Texts.module.css";

const choices = <Key extends string>(of: Record<Key, string>) => (Object.keys(of) as Key[]).map((value) => ({ value, label: of[value] }));

/** The words of mails and pages of consent, one mail or page in one language at a time. */
export function Texts() {
  const [language, setLanguage] = useState<Language>("en");
  const [group, setGroup] = useState<TextGroup>("confirmation_mail");
  const [isChanged, setChanged] = useState(false);
  const query = useTexts(language, group);
  return (
    <Card title="What people read">
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Everybody reads the language of their profile; whoever has none, or another one, that of{" "}
          <Anchor component={Link} to="/settings/account" size="sm" underline="always">
            the account
          </Anchor>
          .
        </Text>
        <Group gap="md" align="flex-end">
          <Select
            label="Language"
            data={choices(LANGUAGES)}
            value={language}
            onChange={(value) => setLanguage((value ?? "en") as Language)}
            allowDeselect={false}
            disabled={isChanged}
            w={160}
          />
          <Select
            label="Mail or page"
            data={choices(GROUPS)}
            value={group}
            onChange={(value) => setGroup((value ?? "confirmation_mail") as TextGroup)}
            allowDeselect={false}
            disabled={isChanged}
            w={290}
          />
          {isChanged && (
            <Text size="sm" c="dimmed">
              Save or discard what you changed before you choose another.
            </Text>
          )}
        </Group>
        {query.data ? (
          <Editor key={`${language}:${group}`} language={language} group={group} document={query.data} onChange={setChanged} />
        ) : query.error ? (
          <Problem error={query.error} retry={query.refetch} />
        ) : (
          <Skeleton height={460} radius="md" />
        )}
      </Stack>
    </Card>
  );
}

interface EditorProps {
  language: Language;
  group: TextGroup;
  document: Answer<"get_consent_text">;
  onChange: (isChanged: boolean) => void;
}

function Editor({ language, group, document, onChange }: EditorProps) {
  const [opened, setOpened] = useState(() => openedOf(document));
  // begins anew with each version that is saved
  return (
    <Fields
      key={opened.version}
      language={language}
      group={group}
      opened={opened}
      texts={document.data.attributes.texts}
      onChange={onChange}
      onSaved={(saved) => setOpened(openedOf(saved))}
    />
  );
}

interface FieldsProps extends Omit<EditorProps, "document"> {
  opened: ReturnType<typeof openedOf>;
  texts: Answer<"get_consent_text">["data"]["attributes"]["texts"];
  onSaved: (saved: Answer<"update_consent_text">) => void;
}

function Fields({ language, group, opened, texts, onChange, onSaved }: FieldsProps) {
  const [draft, setDraft] = useState<Draft>(opened.values);
  const [error, setError] = useState<Error | null>(null);
  const [focused, setFocused] = useState<{ name: string; placeholders: string[] } | null>(null);
  const [shown] = useDebouncedValue(draft, 300);
  const preview = usePreview(language, group, shown);
  const save = useSaveTexts(`${language}:${group}`);
  const may = useMay("update_consent_text");
  const fresh = useFreshTexts(language, group);
  const edit = useEdit<Draft, Answer<"update_consent_text">>({
    opened,
    send: (values, fields, version) => {
      const sent = Object.fromEntries(fields.map((field) => [field, values[field] ?? ""]));
      return save.mutateAsync({ texts: sent, version });
    },
    fresh: async () => openedOf(await fresh()),
    fill: (values) => change(values),
  });
  const isChanged = edit.isChanged(draft);
  const { question } = useUnsaved(isChanged, "these texts");
  const change = (values: Draft) => {
    setDraft(values);
    setError(null);
    onChange(edit.isChanged(values));
  };
  const faults = faultsOf(error ?? preview.error);
  const rest = error && Object.keys(faults).length === 0 ? error.message : null;
  const submit = () => {
    setError(null);
    edit.save(draft, {
      onSuccess: (saved) => {
        announce("Saved.");
        onChange(false);
        onSaved(saved);
      },
      onError: setError,
    });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      noValidate
    >
      {question}
      <div className={classes.split}>
        <Stack gap="sm">
          <Changed {...edit} thing="text" nameOf={(name) => nameOf(group, name)} shown={shownValue} overwrite={submit} />
          {texts.map(({ name, usual, placeholders }) => (
            <div key={name}>
              <Textarea
                label={nameOf(group, name)}
                lang={language}
                autosize
                minRows={1}
                maxRows={5}
                readOnly={!may}
                value={draft[name] ?? ""}
                error={faults[name]}
                onFocus={() => setFocused({ name, placeholders })}
                onChange={({ currentTarget }) => change({ ...draft, [name]: currentTarget.value })}
              />
              {may && draft[name] !== usual && (
                <Button
                  variant="subtle"
                  size="compact-xs"
                  mt={2}
                  onClick={() => change({ ...draft, [name]: usual })}
                  aria-label={`${nameOf(group, name)}: take the usual text`}
                >
                  Take the usual text
                </Button>
              )}
            </div>
          ))}
          {may && (
            <>
              {rest && (
                <Alert color="red" role="alert" title="Not saved">
                  {rest}
                </Alert>
              )}
              <Text size="sm" c="dimmed">
                {focused
                  ? `“${nameOf(group, focused.name)}” may have ${focused.placeholders.map((placeholder) => `{{ ${placeholder} }}`).join(", ")}.`
                  : "Placeholders such as {{ organization.name }} are filled in. Go to a field to see which it may have."}
              </Text>
              <Group gap="sm">
                <Button type="submit" loading={edit.pending}>
                  Save texts
                </Button>
                {isChanged && (
                  <Button variant="default" onClick={() => change(opened.values)}>
                    Discard changes
                  </Button>
                )}
              </Group>
            </>
          )}
        </Stack>
        <Preview query={preview} />
      </div>
    </form>
  );
}

/** What the server said of each text, by its name. */
function faultsOf(error: Error | null): Record<string, string> {
  const faults = error instanceof ApiProblem ? error.faults : [];
  return Object.fromEntries(
    faults.flatMap(({ pointer, detail }) => {
      const name = /^\/data\/attributes\/texts\/(\w+)$/.exec(pointer ?? "")?.[1];
      return name ? [[name, detail] as const] : [];
    }),
  );
}
