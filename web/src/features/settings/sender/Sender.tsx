import { SimpleGrid, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { Foot } from "../../../ui/form/Foot";
import type { Opened } from "../../../ui/form/useEdit";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { Identity } from "./Identity";
import { openedOf, useFreshSender, useSaveSender, useSender, type Draft } from "./queries";

export function Sender() {
  const query = useSender();
  if (query.data)
    return (
      <Stack gap="xl">
        <Identity />
        <Editor opened={openedOf(query.data)} lines={query.data.data.attributes.lines} />
      </Stack>
    );
  return query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={420} radius="lg" />;
}

const NAMES: Record<string, string> = {
  default_reply_to: "Reply to",
  "imprint.company": "Company",
  "imprint.register": "Register",
  "imprint.email": "E-mail",
  "imprint.phone": "Phone",
};

function Editor({ opened, lines }: { opened: Opened<Draft>; lines: string[] }) {
  const form = useForm<Draft>({ mode: "uncontrolled", initialValues: opened.values });
  const { edit, submission } = useFormEdit({
    form,
    opened,
    send: useSaveSender().mutateAsync,
    fresh: useFreshSender(),
    openedOf,
  });
  const field = (name: string) => ({ key: form.key(name), ...form.getInputProps(name) });
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Changed {...edit} thing="imprint" nameOf={(field) => NAMES[field] ?? field} shown={shownValue} overwrite={submission.onSubmit} />
        <Card title="Answers">
          <TextInput
            label="Reply to"
            description="Where answers go to mails that name no address for them. Empty: to whoever the mail comes from."
            type="email"
            placeholder="hello@shop.example"
            maw={420}
            {...field("default_reply_to")}
          />
        </Card>
        <Card title="Imprint">
          <Stack gap="md">
            <Text size="sm" c="dimmed">
              Below the pages of consent, in the mail that asks to confirm, and beside the link to unsubscribe that is added to your mails. Templates show it with{" "}
              <code>{"{{ organization.imprint }}"}</code>. The postal address is the one above.
            </Text>
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" maw={720} style={{ alignItems: "end" }}>
              <TextInput label="Company" description="With its legal form." placeholder="Shop Ltd." {...field("imprint.company")} />
              <TextInput
                label="Register"
                description="Court, number, tax number, who represents it: as it should read."
                placeholder="Companies House 01234567"
                {...field("imprint.register")}
              />
              <TextInput label="E-mail" description="For questions." type="email" {...field("imprint.email")} />
              <TextInput label="Phone" description="For questions." type="tel" {...field("imprint.phone")} />
            </SimpleGrid>
            <div>
              <Text size="sm" fw={600}>
                As it is shown
              </Text>
              {lines.length > 0 ? (
                lines.map((line) => (
                  <Text size="sm" key={line}>
                    {line}
                  </Text>
                ))
              ) : (
                <Text size="sm" c="dimmed">
                  Nothing yet: it is shown once a company or a register is saved.
                </Text>
              )}
            </div>
          </Stack>
        </Card>
        <Foot of={submission} label="Save answers and imprint" />
      </Stack>
    </form>
  );
}
