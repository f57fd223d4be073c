import { Alert, Button, Group, Modal, NativeSelect, Radio, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { CopyLine } from "../../../ui/Copy";
import { useCreateKey } from "./queries";

type Access = "read-only" | "full" | "custom";
const DAYS: Record<string, string> = { "": "Never", "30": "In 30 days", "90": "In 90 days", "365": "In a year" };

function scopesOf(access: Access, custom: string[]): string[] | null {
  if (access === "full") return null;
  return access === "custom" ? custom : ["read-only"];
}

export function NewKey({ opened, close }: { opened: boolean; close: () => void }) {
  const [name, setName] = useState("");
  const [access, setAccess] = useState<Access>("read-only");
  const [custom, setCustom] = useState<string[]>([]);
  const [days, setDays] = useState("");
  const make = useCreateKey();
  const made = make.data?.data.attributes;
  const done = () => {
    close();
    make.reset();
    setName("");
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const expires = days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null;
    make.mutate({ name, scopes: scopesOf(access, custom), expires });
  };
  return (
    <Modal opened={opened} onClose={done} title={made ? "Your new key" : "Make a key"} centered>
      {made ? (
        <Stack gap="md">
          <Text size="sm">Copy it now: it is shown this once, and only its hash is kept.</Text>
          <CopyLine label="Private key" text={made.private_key} />
          <Group justify="flex-end">
            <Button onClick={done}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={onSubmit}>
          <Stack gap="md">
            <TextInput
              label="Name"
              description="What uses it."
              placeholder="Shop backend"
              required
              data-autofocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Radio.Group label="What it may do" value={access} onChange={(value) => setAccess(value as Access)}>
              <Stack gap="xs" mt="xs">
                <Radio value="read-only" label="Read only" description="Reads everything, changes nothing." />
                <Radio value="full" label="Full access" description="Everything there is or will be." />
                <Radio value="custom" label="Chosen scopes" />
              </Stack>
            </Radio.Group>
            {access === "custom" && (
              <TagsInput label="Scopes" description="Such as events:write or profiles:read." value={custom} onChange={setCustom} splitChars={[" ", ","]} />
            )}
            <NativeSelect
              label="Expires"
              value={days}
              onChange={(event) => setDays(event.currentTarget.value)}
              data={Object.entries(DAYS).map(([value, label]) => ({ value, label }))}
            />
            {make.error && (
              <Alert color="red" role="alert">
                {make.error.message}
              </Alert>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={done}>
                Cancel
              </Button>
              <Button type="submit" loading={make.isPending}>
                Make the key
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
