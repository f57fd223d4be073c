import { Alert, Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useSearchParams } from "react-router";
import { reasonOf, setPassword as send } from "./auth";
import { Front } from "./Front";

/** `/new-password`: by a link that was mailed. */
export function NewPassword() {
  const [query] = useSearchParams();
  const [password, setPassword] = useState("");
  const set = useMutation({ mutationFn: () => send(query.get("token") ?? "", password) });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate();
  };
  if (set.isSuccess)
    return (
      <Front title="Your password is set" about="Every browser that was signed in is out.">
        <Button component="a" href="/sign-in" fullWidth autoFocus>
          Sign in
        </Button>
      </Front>
    );
  return (
    <Front title="Set a new password">
      <form onSubmit={onSubmit}>
        <Stack gap="sm">
          <PasswordInput
            label="New password"
            description="Ten characters or more."
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            required
            autoFocus
          />
          {set.error && (
            <Alert color="red" role="alert">
              {reasonOf(set.error)}
            </Alert>
          )}
          <Button type="submit" loading={set.isPending} fullWidth>
            Set the password
          </Button>
          <Text size="sm" c="dimmed">
            You stay signed in nowhere else: every other session of yours ends.
          </Text>
        </Stack>
      </form>
    </Front>
  );
}
