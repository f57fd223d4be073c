import { ActionIcon, Button, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { Foot } from "../../../ui/form/Foot";
import { useSubmit } from "../../../ui/form/submit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { useSaveVoice, useVoice, type Voice } from "./queries";

type Draft = Pick<Voice, "tone_descriptors" | "language_patterns">;
const LISTS: [keyof Draft, title: string, about: string, example: string][] = [
  ["tone_descriptors", "Tone", "What it sounds like.", "Friendly"],
  ["language_patterns", "Language", "How sentences are made.", "Short sentences"],
];

export function VoiceCard() {
  const query = useVoice();
  const { tone_descriptors, language_patterns } = query.data?.data.attributes ?? {};
  return (
    <Card title="Voice">
      {tone_descriptors && language_patterns ? (
        <Editor start={{ tone_descriptors, language_patterns }} />
      ) : query.error ? (
        <Problem error={query.error} retry={query.refetch} />
      ) : (
        <Skeleton height={220} radius="md" />
      )}
    </Card>
  );
}

function Editor({ start }: { start: Draft }) {
  const form = useForm<Draft>({ initialValues: start });
  const submission = useSubmit(form, useSaveVoice());
  // what a person wrote is marked as theirs
  const write = (list: keyof Draft, at: number, part: object) => {
    const before = form.values[list][at];
    if (before) form.setFieldValue(`${list}.${at}`, { ...before, ...part, user_modified: true });
  };
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="lg">
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
