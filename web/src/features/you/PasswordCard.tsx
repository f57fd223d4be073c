import { Alert, Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { announce } from "../../ui/announce";
import { markFaults } from "../../ui/form/faults";
import { Card } from "../../ui/Page";
import { useChangePassword, type Me } from "./queries";

export function PasswordCard({ me }: { me: Me }) {
  const [rest, setRest] = useState<string | null>(null);
  const form = useForm({ mode: "uncontrolled", initialValues: { current_password: "", password: "" } });
  const save = useChangePassword();
  const onSubmit = form.onSubmit((fields) => {
    setRest(null);
    save.mutate(fields, {
      onSuccess: () => {
        form.reset();
        announce("Your password is set.", { quiet: true });
      },
      onError: (error) => setRest(markFaults(form, error)),
    });
  });
  return (
    <Card title="Password">
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="sm" maw={480}>
          {!me.email && <Text size="sm">Give your e-mail address above first: you sign in with it.</Text>}
          {me.has_password && (
            <PasswordInput
              label="Current password"
              autoComplete="current-password"
              required
              key={form.key("current_password")}
              {...form.getInputProps("current_password")}
            />
          )}
          <PasswordInput
            label="New password"
            description="Ten characters or more. Every other browser of yours is signed out."
            autoComplete="new-password"
            required
            key={form.key("password")}
            {...form.getInputProps("password")}
          />
          {rest && (
            <Alert color="red" role="alert" title="Not changed">
              {rest}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={save.isPending}>
              {me.has_password ? "Change the password" : "Set a password"}
            </Button>
            {save.isSuccess && (
              <Text size="sm" c="dimmed">
                Your password is set.
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
