import { ActionIcon, Alert, Button, Group, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconFingerprint, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Card } from "../../ui/Page";
import { Problem, Rows } from "../../ui/States";
import { Time } from "../../ui/Time";
import { useAskForPasskey, useCreatePasskey, useDeletePasskey, usePasskeys } from "./queries";

const CAN_MAKE = typeof PublicKeyCredential !== "undefined" && "parseCreationOptionsFromJSON" in PublicKeyCredential;

export function Passkeys() {
  const passkeys = usePasskeys();
  const remove = useDeletePasskey();
  const rows = passkeys.data?.data;
  return (
    <Card title="Passkeys">
      <Stack gap="md" maw={640}>
        <Text size="sm" c="dimmed">
          A passkey signs you in with your fingerprint, face or device PIN. It can't be guessed or phished, and needs no second factor.
        </Text>
        {passkeys.error && <Problem error={passkeys.error} retry={passkeys.refetch} />}
        {!rows && !passkeys.error && <Rows rows={1} />}
        {rows?.map(({ id, attributes }) => (
          <Group key={id} justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap" miw={0}>
              <IconFingerprint size={20} />
              <div>
                <Text size="sm" fw={600}>
                  {attributes.name}
                </Text>
                <Text size="xs" c="dimmed">
                  Made <Time at={attributes.created} />
                  {attributes.used && (
                    <>
                      , last used <Time at={attributes.used} />
                    </>
                  )}
                </Text>
              </div>
            </Group>
            <Tooltip label="Remove">
              <ActionIcon
                variant="subtle"
                color="red"
                aria-label={`Remove the passkey ${attributes.name}`}
                loading={remove.isPending && remove.variables === id}
                onClick={() => remove.mutate(id)}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Tooltip>
          </Group>
        ))}
        {CAN_MAKE ? <Make /> : <Text size="sm">This browser makes no passkeys, or this page is not on https or localhost.</Text>}
      </Stack>
    </Card>
  );
}

function Make() {
  const [name, setName] = useState("");
  const question = useAskForPasskey();
  const create = useCreatePasskey();
  const make = useMutation({
    mutationFn: async () => {
      const { state, options } = (await question.mutateAsync()).data.attributes;
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as unknown as PublicKeyCredentialCreationOptionsJSON);
      const made = await navigator.credentials.create({ publicKey });
      if (!(made instanceof PublicKeyCredential)) throw new Error("No passkey was made.");
      return create.mutateAsync({ name, state, credential: made.toJSON() as object });
    },
    onSuccess: () => setName(""),
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const problem = make.error instanceof DOMException ? "No passkey was made. Try again." : make.error?.message;
  return (
    <form onSubmit={onSubmit}>
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Name of a new passkey"
          placeholder="My laptop"
          flex={1}
          miw={180}
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={make.isPending}>
          Make a passkey
        </Button>
      </Group>
      {problem && (
        <Alert color="red" role="alert" mt="sm">
          {problem}
        </Alert>
      )}
    </form>
  );
}
