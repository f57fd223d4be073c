import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { announce } from "../../ui/announce";
import { markFaults } from "../../ui/form/faults";
import { Card } from "../../ui/Page";
import { useDescribe, type Me } from "./queries";

export function WhoCard({ id, me }: { id: string; me: Me }) {
  const [rest, setRest] = useState<string | null>(null);
  const [email, setEmail] = useState(me.email ?? "");
  const form = useForm({ mode: "uncontrolled", initialValues: { name: me.name, email: me.email ?? "", current_password: "" } });
  form.watch("email", ({ value }) => setEmail(value));
  const save = useDescribe(id);
  const asks = me.has_password && email !== (me.email ?? "");
  const onSubmit = form.onSubmit(({ name, email, current_password }) => {
    setRest(null);
    save.mutate(
      { name, ...(email === (me.email ?? "") ? {} : { email }), current_password },
      {
        onSuccess: ({ data }) => {
          announce("Saved.", { quiet: true });
          form.setFieldValue("email", data.attributes.email ?? "");
          form.setFieldValue("current_password", "");
        },
        onError: (error) => setRest(markFaults(form, error)),
      },
    );
  });
  return (
    <Card title="Who you are">
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="sm" maw={480}>
          <TextInput label="Name" autoComplete="name" required key={form.key("name")} {...form.getInputProps("name")} />
          <TextInput
            label="E-mail"
            description="You sign in with it."
            type="email"
            autoComplete="username"
            required
            key={form.key("email")}
            {...form.getInputProps("email")}
          />
          {me.pending_email && (
            <Alert title={`Look into the mailbox of ${me.pending_email}`} role="status">
              <Text size="sm">A link in the mail there confirms the address. Until then you sign in with {me.email}.</Text>
              <Button
                size="xs"
                variant="default"
                mt="xs"
                loading={save.isPending}
                onClick={() => save.mutate({ name: me.name, email: me.email ?? "", current_password: "" })}
              >
                Keep {me.email}
              </Button>
            </Alert>
          )}
          {asks && (
            <PasswordInput
              label="Your password"
              description="To change the address that you sign in with."
              autoComplete="current-password"
              key={form.key("current_password")}
              {...form.getInputProps("current_password")}
            />
          )}
          {rest && (
            <Alert color="red" role="alert" title="Not saved">
              {rest}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
            {save.isSuccess && (
              <Text size="sm" c="dimmed">
                Saved.
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
