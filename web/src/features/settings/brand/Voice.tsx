import { ActionIcon, Button, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { Changed } from "../../../ui/form/Changed";
import { Foot } from "../../../ui/form/Foot";
import type { Opened } from "../../../ui/form/useEdit";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { openedVoice, useFreshVoice, useSaveVoice, useVoice, type Voice as Draft } from "./queries";

const LISTS: [keyof Draft, title: string, about: string, example: string][] = [
  ["tone_descriptors", "Tone", "What it sounds like.", "Friendly"],
  ["language_patterns", "Language", "How sentences are made.", "Short sentences"],
];

export function VoiceCard() {
  const query = useVoice();
  return (
    <Card title="Voice">
      {query.data ? (
        <Editor opened={openedVoice(query.data)} />
      ) : query.error ? (
        <Problem error={query.error} retry={query.refetch} />
      ) : (
        <Skeleton height={220} radius="md" />
      )}
    </Card>
  );
}

const titleOf = (field: string): string => LISTS.find(([list]) => list === field)?.[1] ?? field;

function shown(value: unknown): string {
  const lines = value as Draft["tone_descriptors"];
  return lines.length === 0 ? "empty" : lines.map(({ name, description }) => `“${description ? `${name}: ${description}` : name}”`).join(", ");
}

function Editor({ opened }: { opened: Opened<Draft> }) {
  const form = useForm<Draft>({ initialValues: opened.values });
  const { edit, submission } = useFormEdit({
    form,
    opened,
    send: useSaveVoice().mutateAsync,
    fresh: useFreshVoice(),
    openedOf: openedVoice,
  });
  // what a person wrote is marked as theirs
  const write = (list: keyof Draft, at: number, part: object) => {
    const before = form.values[list][at];
    if (before) form.setFieldValue(`${list}.${at}`, { ...before, ...part, user_modified: true });
  };
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="lg">
        <Changed {...edit} thing="voice" nameOf={titleOf} shown={shown} overwrite={submission.onSubmit} />
        {LISTS.map(([list, title, about, example]) => (
          <div key={list}>
            <Text size="sm" fw={600}>
              {title}
            </Text>
            <Text size="sm" c="dimmed" mb="xs">
              {about}
            </Text>
            <Stack gap="xs">
              {form.values[list].map(({ name, description }, at) => (
                <Group key={at} gap="xs" wrap="nowrap" align="flex-start">
                  <Group gap="xs" flex="1 1 0" align="flex-start">
                    <TextInput
                      aria-label={`${title} ${at + 1}, its name`}
                      placeholder={example}
                      flex="1 1 160px"
                      value={name}
                      onChange={(event) => write(list, at, { name: event.currentTarget.value })}
                      error={form.errors[`${list}.${at}.name`]}
                    />
                    <TextInput
                      aria-label={`${title} ${at + 1}, what it means`}
                      placeholder="What it means"
                      flex="3 1 240px"
                      value={description}
                      onChange={(event) => write(list, at, { description: event.currentTarget.value })}
                      error={form.errors[`${list}.${at}.description`]}
                    />
                  </Group>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size={36}
                    aria-label={`Remove ${name || "this line"}`}
                    onClick={() => form.removeListItem(list, at)}
                  >
                    <IconTrash size={17} />
                  </ActionIcon>
                </Group>
              ))}
            </Stack>
            <Button
              variant="default"
              size="xs"
              mt="xs"
              leftSection={<IconPlus size={15} />}
              onClick={() => form.insertListItem(list, { name: "", description: "", user_modified: true })}
            >
              Add a line
            </Button>
          </div>
        ))}
        <Foot of={submission} label="Save the voice" />
      </Stack>
    </form>
  );
}
