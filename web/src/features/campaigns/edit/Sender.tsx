import { SimpleGrid, TextInput } from "@mantine/core";
import type { PartProps } from "./parts";
import { Section } from "./Section";

export function Sender({ draft, change, fault }: PartProps) {
  const field = (name: "from_label" | "from_email" | "reply_to_email") => ({
    value: draft[name],
    onChange: ({ currentTarget }: { currentTarget: HTMLInputElement }) => change({ [name]: currentTarget.value }),
    error: fault(name),
  });
  return (
    <Section name="sender" title="Whom it comes from">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <TextInput label="Sender’s name" placeholder="As the account has it" {...field("from_label")} />
        <TextInput label="Sender’s address" placeholder="As the account has it" inputMode="email" {...field("from_email")} />
        <TextInput label="Replies go to" placeholder="The sender’s address" inputMode="email" {...field("reply_to_email")} />
      </SimpleGrid>
    </Section>
  );
}
