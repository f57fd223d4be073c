import { Alert, Anchor, Button, Divider, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconFingerprint, IconMail } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { byPassword, byPasskey, hasPasskeys, needsCode, reasonOf, sendLink, sendPasswordLink, ways } from "./auth";
import { CodeField } from "./CodeField";

/** Every way in. `onSignedIn`: the browser has its session. */
export function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const offered = useQuery(ways);
  const signIn = useMutation({ mutationFn: () => byPassword(email, password, code), onSuccess: onSignedIn });
  const passkey = useMutation({ mutationFn: byPasskey, onSuccess: onSignedIn });
  const asks = code !== "" || needsCode(signIn.error);
  const problem = passkey.error ?? (needsCode(signIn.error) ? null : signIn.error);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    passkey.reset();
    signIn.mutate();
  };
  return (
    <Stack gap="md">
      <form onSubmit={onSubmit}>
        <Stack gap="sm">
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            required
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            required
          />
          {asks && <CodeField value={code} onChange={setCode} />}
          {problem && (
            <Alert color="red" role="alert">
              {reasonOf(problem)}
            </Alert>
          )}
          <Button type="submit" loading={signIn.isPending} fullWidth>
            Sign in
          </Button>
        </Stack>
      </form>
      {(hasPasskeys || offered.data?.oidc) && <Divider label="or" />}
      {hasPasskeys && (
        <Button variant="default" leftSection={<IconFingerprint size={18} />} loading={passkey.isPending} onClick={() => passkey.mutate()}>
          Use a passkey
        </Button>
      )}
      {offered.data?.oidc && (
        <Button variant="default" component="a" href="/auth/oidc">
          Continue with {offered.data.oidc}
        </Button>
      )}
      <Mailed email={email} offered={offered.data?.mail ?? false} />
      <Text size="sm" c="dimmed">
        No password yet? The sign-in link that the server printed signs the first owner in: <code>rapport sign-in</code> prints a new
        one.
      </Text>
    </Stack>
  );
}

/** Links by mail, for whoever forgot. */
function Mailed({ email, offered }: { email: string; offered: boolean }) {
  const link = useMutation({ mutationFn: () => sendLink(email) });
  const password = useMutation({ mutationFn: () => sendPasswordLink(email) });
  const sent = link.isSuccess || password.isSuccess;
  const problem = link.error ?? password.error;
  if (!offered) return null;
  return (
    <Stack gap={4}>
      <Group gap="md">
        <Anchor component="button" type="button" size="sm" disabled={!email} onClick={() => link.mutate()}>
          <IconMail size={14} /> Mail me a sign-in link
        </Anchor>
        <Anchor component="button" type="button" size="sm" disabled={!email} onClick={() => password.mutate()}>
          Forgot your password?
        </Anchor>
      </Group>
      <Text size="sm" c={problem ? "red" : "dimmed"} role="status">
        {problem ? reasonOf(problem) : sent ? "If somebody signs in with this address, the mail is on its way." : !email && "Write your e-mail address above first."}
      </Text>
    </Stack>
  );
}
