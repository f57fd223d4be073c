import { Alert, Badge, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { CopyBlock, CopyLine } from "../../ui/Copy";
import { Card } from "../../ui/Page";
import { useBeginFactor, useConfirmFactor, useRemoveFactor, type Me } from "./queries";
import { QrCode } from "./QrCode";

export function SecondFactor({ me }: { me: Me }) {
  const begin = useBeginFactor();
  const confirm = useConfirmFactor();
  const codes = confirm.data?.data.attributes.codes;
  const mark = (
    <Badge color={me.second_factor ? "spruce" : "gray"} tt="none">
      {me.second_factor ? "In use" : "Not in use"}
    </Badge>
  );
  return (
    <Card title="Second factor" aside={mark}>
      <Stack gap="md" maw={640}>
        <Text size="sm" c="dimmed">
          With your password, a code of an authenticator app is asked for. A password that somebody found out is then worth nothing.
        </Text>
        {codes ? (
          <RecoveryCodes codes={codes} />
        ) : me.second_factor ? (
          <Remove me={me} />
        ) : begin.data ? (
          <ConfirmCode question={begin.data.data.attributes} confirm={confirm} />
        ) : (
          <WithPassword me={me} action="Set up a second factor" run={begin} />
        )}
      </Stack>
    </Card>
  );
}

interface Sending {
  mutate: (text: string) => void;
  isPending: boolean;
  error: Error | null;
}

/** What is only done for whoever knows the password. */
function WithPassword({ me, action, run, color }: { me: Me; action: string; run: Sending; color?: string }) {
  const [password, setPassword] = useState("");
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    run.mutate(password);
  };
  return (
    <form onSubmit={onSubmit}>
      <Group align="flex-end" gap="xs">
        {me.has_password && (
          <PasswordInput
            label="Your password"
            autoComplete="current-password"
            flex={1}
            miw={180}
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={run.error?.message}
          />
        )}
        <Button type="submit" variant="default" c={color ?? ""} loading={run.isPending}>
          {action}
        </Button>
      </Group>
      {!me.has_password && run.error && (
        <Alert color="red" role="alert" mt="sm">
          {run.error.message}
        </Alert>
      )}
    </form>
  );
}

function ConfirmCode({ question, confirm }: { question: { secret: string; address: string }; confirm: Sending }) {
  const [code, setCode] = useState("");
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate(code);
  };
  return (
    <Stack gap="sm">
      <Text size="sm">Scan this with your authenticator app, or type the secret into it. Then enter the code it shows.</Text>
      <QrCode text={question.address} label="The secret, for an authenticator app" />
      <CopyLine label="Secret" text={question.secret} />
      <form onSubmit={onSubmit}>
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Code"
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            error={confirm.error?.message}
          />
          <Button type="submit" loading={confirm.isPending}>
            Use it from now on
          </Button>
        </Group>
      </form>
    </Stack>
  );
}

function RecoveryCodes({ codes }: { codes: string[] }) {
  return (
    <Alert color="spruce" title="Keep these recovery codes" role="status">
      <Text size="sm" mb="sm">
        Each signs you in once, should you lose your authenticator. They are shown only now.
      </Text>
      <CopyBlock label="Copy the recovery codes" text={codes.join("\n")} />
    </Alert>
  );
}

function Remove({ me }: { me: Me }) {
  return <WithPassword me={me} action="Remove the second factor" run={useRemoveFactor()} color="red" />;
}
