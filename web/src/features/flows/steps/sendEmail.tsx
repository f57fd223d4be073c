import { Button, Group, Stack, Text } from "@mantine/core";
import { IconMail, IconPencil, IconTemplate } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { FilterField } from "../edit/FilterField";
import { StatusField, SwitchField, TextField, useField } from "../edit/fields";
import { TestSend } from "../edit/TestSend";
import { TemplateChooser } from "../../campaigns";
import { missing, textAt, type FieldsProps, type StepKind } from "./kind";

const M = (name: string) => ["data", "message", name];

/** The design of a message: a template of the library, of which the flow has its own copy once it is published. */
export function DesignField({ of }: FieldsProps) {
  const [isChoosing, setIsChoosing] = useState(false);
  const [template, set] = useField({ of, path: M("template_id"), label: "Design" });
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

function Fields({ of }: FieldsProps) {
  return (
    <>
      <StatusField of={of} />
      <TextField of={of} path={M("subject_line")} label="Subject" placeholder="Still thinking about it?" hint="{{ first_name }} and the like are filled in for each person." />
      <TextField of={of} path={M("preview_text")} label="Preview text" />
      <DesignField of={of} />
      <TestSend of={of} />
      <TextField of={of} path={M("from_label")} label="Sender's name" placeholder="The account's" />
      <TextField of={of} path={M("from_email")} label="Sender's address" placeholder="The account's" />
      <TextField of={of} path={M("reply_to_email")} label="Replies go to" placeholder="The account's" />
      <FilterField of={of} path={M("additional_filters")} label="Only send it to" about="step" empty="Everybody who comes here." />
      <SwitchField of={of} path={M("smart_sending_enabled")} label="Smart sending" hint="Not to somebody who had an e-mail in the last 16 hours." fallback />
      <SwitchField of={of} path={M("add_tracking_params")} label="Tracking parameters in links" />
      <SwitchField of={of} path={M("transactional")} label="Transactional" hint="A receipt or the like: goes to people who take no marketing, too." />
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
