import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash, IconWebhook } from "@tabler/icons-react";
import { StatusField, TextField, useField } from "../edit/fields";
import { missing, textAt, type FieldsProps, type StepKind } from "./kind";

/** Values are masked once they are saved: what is not typed anew stays as it is. */
function Headers({ of }: FieldsProps) {
  const [value, set] = useField({ of, path: ["data", "message", "headers"], label: "Headers" });
  const headers = Object.entries((value ?? {}) as Record<string, string>);
  const put = (next: readonly (readonly [string, string])[]) => set(next.length > 0 ? Object.fromEntries(next) : null);
  return (
    <Stack gap={6} role="group" aria-label="Headers">
      <Text size="sm" fw={500}>
        Headers
      </Text>
      {headers.map(([name, secret], place) => (
        <Group key={place} gap={4} wrap="nowrap">
          <TextInput size="xs" aria-label={`Name of header ${place + 1}`} value={name} onChange={({ currentTarget }) => put(headers.with(place, [currentTarget.value, secret]))} />
          <TextInput size="xs" aria-label={`Value of header ${place + 1}`} value={secret} onChange={({ currentTarget }) => put(headers.with(place, [name, currentTarget.value]))} />
          <ActionIcon variant="subtle" color="gray" aria-label={`Remove header ${name}`} onClick={() => put(headers.toSpliced(place, 1))}>
            <IconTrash size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} style={{ alignSelf: "flex-start" }} onClick={() => put([...headers, [`x-header-${headers.length + 1}`, ""]])}>
        Add a header
      </Button>
    </Stack>
  );
}

function Fields({ of }: FieldsProps) {
  return (
    <>
      <StatusField of={of} />
      <TextField of={of} path={["data", "message", "url"]} label="Address" placeholder="https://" />
      <Headers of={of} />
      <TextField of={of} path={["data", "message", "body"]} label="Body" lines={6} code hint={'JSON, as {"id": "{{ person.KlaviyoID }}"}; it may hold tags of the template language.'} />
    </>
  );
}

export const sendWebhook: StepKind = {
  label: "Call a webhook",
  about: "Tell another program",
  icon: IconWebhook,
  tone: "message",
  group: "Messages",
  words: (data) => textAt(data, "message", "url"),
  start: () => ({ status: "draft", message: { url: null, headers: null, body: '{"id": "{{ person.KlaviyoID }}"}' } }),
  Fields,
  gaps: (data) => missing("It has no address.", !textAt(data, "message", "url")),
  offered: true,
};
