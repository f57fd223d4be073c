import { TagsInput } from "@mantine/core";
import { IconBellRinging } from "@tabler/icons-react";
import { StatusField, TextField, useField } from "../edit/fields";
import { DesignField } from "./sendEmail";
import { at, missing, textAt, type FieldsProps, type StepKind } from "./kind";

function Fields({ of }: FieldsProps) {
  const [to, set] = useField({ of, path: ["data", "message", "to_emails"], label: "Recipients" });
  return (
    <>
      <StatusField of={of} />
      <TagsInput label="To" description="One to five addresses of your team." maxTags={5} value={Array.isArray(to) ? (to as string[]) : []} onChange={set} comboboxProps={{ withinPortal: false }} />
      <TextField of={of} path={["data", "message", "subject_line"]} label="Subject" />
      <DesignField of={of} />
    </>
  );
}

export const sendInternalAlert: StepKind = {
  label: "Alert the team",
  about: "An e-mail to people of yours",
  icon: IconBellRinging,
  tone: "message",
  group: "Messages",
  words: (data) => textAt(data, "message", "subject_line"),
  start: () => ({ status: "draft", message: { to_emails: [], subject_line: null, template_id: null } }),
  Fields,
  gaps: (data) => {
    const to = at(data, "message", "to_emails");
    return [...missing("It goes to nobody.", !Array.isArray(to) || to.length === 0), ...missing("It has no subject.", !textAt(data, "message", "subject_line").trim())];
  },
  offered: true,
};
