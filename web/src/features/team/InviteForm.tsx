import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { ApiProblem } from "../../api/client";
import { CopyLine } from "../../ui/Copy";
import { useInvite } from "./queries";
import { RoleSelect } from "./RoleSelect";

export function InviteForm({ opened, close }: { opened: boolean; close: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("campaign-coordinator");
  const invite = useInvite();
  const made = invite.data?.data.attributes;
  const pointer = invite.error instanceof ApiProblem ? invite.error.pointer : null;
  const done = () => {
    close();
    invite.reset();
    setEmail("");
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate({ email, role });
  };
  return (
    <Modal opened={opened} onClose={done} title={made ? "The invitation is made" : "Invite somebody"} centered>
      {made ? (
        <Stack gap="md">
          <Text size="sm">
            {made.mailed
              ? `A mail with this link is on its way to ${made.email}. You can also pass it on yourself.`
              : `This installation sends no mail: pass this link on to ${made.email} yourself.`}{" "}
            It works once, for seven days.
          </Text>
          <CopyLine label="Invitation link" text={made.link ?? ""} />
          <Group justify="flex-end">
            <Button onClick={done}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={onSubmit}>
          <Stack gap="md">
            <TextInput
              label="E-mail"
              type="email"
              required
              data-autofocus
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
              error={pointer === "/data/attributes/email" && invite.error?.message}
            />
            <RoleSelect label="Role" value={role} onChange={setRole} />
            {invite.error && pointer !== "/data/attributes/email" && (
              <Alert color="red" role="alert">
                {invite.error.message}
              </Alert>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={done}>
                Cancel
              </Button>
              <Button type="submit" loading={invite.isPending}>
                Send the invitation
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
