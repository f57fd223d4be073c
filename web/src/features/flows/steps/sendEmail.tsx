import { Button, Group, Stack, Text } from "@mantine/core";
import { IconMail, IconPencil, IconTemplate } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { FilterField } from "../edit/FilterField";
import { StatusField, SwitchField, TextField, useField, type Path } from "../edit/fields";
import { TestSend } from "../edit/TestSend";
import { TemplateChooser } from "../../campaigns";
import { missing, textAt, type FieldsProps, type StepKind } from "./kind";

/** Where a step has its message. */
const MESSAGE: Path = ["data", "message"];

interface MessageProps extends FieldsProps {
  /** where the message is */
  path?: Path;
}

/** The design of a message: a template of the library, of which the flow has its own copy once it is published. */
export function DesignField({ of, path = MESSAGE }: MessageProps) {
  const [isChoosing, setIsChoosing] = useState(false);
  const [template, set] = useField({ of, path: [...path, "template_id"], label: "Design" });
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        Design
      </Text>
      {!template && (
        <Text size="sm" c="dimmed">
          No content yet.
        </Text>
      )}
      <Group gap="xs">
        {typeof template === "string" && (
          <Button component={Link} to={`/templates/${template}`} size="xs" leftSection={<IconPencil size={14} />}>
            Edit the design
          </Button>
        )}
        <Button size="xs" variant={template ? "default" : "filled"} leftSection={<IconTemplate size={14} />} onClick={() => setIsChoosing(true)}>
          {template ? "Choose another" : "Choose the content"}
        </Button>
      </Group>
      <TemplateChooser
        opened={isChoosing}
        close={() => setIsChoosing(false)}
        choose={({ id }) => {
          set(id);
          setIsChoosing(false);
        }}
      />
    </Stack>
  );
}

/** Everything about an e-mail: what it says, who it is from, whom it goes to. */
export function MessageFields({ of, path = MESSAGE }: MessageProps) {
  const at = (name: string) => [...path, name];
  return (
    <>
      <TextField of={of} path={at("subject_line")} label="Subject" placeholder="Still thinking about it?" hint="{{ first_name }} and the like are filled in for each person." />
      <TextField of={of} path={at("preview_text")} label="Preview text" />
      <DesignField of={of} path={path} />
      <TestSend of={of} path={path} />
      <TextField of={of} path={at("from_label")} label="Sender's name" placeholder="The account's" />
      <TextField of={of} path={at("from_email")} label="Sender's address" placeholder="The account's" />
      <TextField of={of} path={at("reply_to_email")} label="Replies go to" placeholder="The account's" />
      <FilterField of={of} path={at("additional_filters")} label="Only send it to" about="step" empty="Everybody who comes here." />
      <SwitchField of={of} path={at("smart_sending_enabled")} label="Smart sending" hint="Not to somebody who had an e-mail in the last 16 hours." fallback />
      <SwitchField of={of} path={at("add_tracking_params")} label="Tracking parameters in links" />
      <SwitchField of={of} path={at("transactional")} label="Transactional" hint="A receipt or the like: goes to people who take no marketing, too." />
    </>
  );
}

function Fields({ of }: FieldsProps) {
  return (
    <>
      <StatusField of={of} />
      <MessageFields of={of} />
    </>
  );
}

export const sendEmail: StepKind = {
  label: "Send e-mail",
  about: "A message to this person",
  icon: IconMail,
  tone: "message",
  group: "Messages",
  words: (data) => textAt(data, "message", "subject_line") || textAt(data, "message", "name"),
  start: () => ({ status: "draft", message: { subject_line: null, preview_text: null, template_id: null, smart_sending_enabled: true } }),
  Fields,
  gaps: (data) => [...missing("It has no subject.", !textAt(data, "message", "subject_line").trim()), ...missing("It has no design.", !textAt(data, "message", "template_id"))],
  offered: true,
};
