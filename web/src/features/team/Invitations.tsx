import { Button, Group, Stack, Text } from "@mantine/core";
import { Card } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { Time } from "../../ui/Time";
import { useInvitations, useWithdraw } from "./queries";
import { roleName } from "./words";

/** Those that nobody has accepted yet. */
export function Invitations() {
  const invitations = useInvitations();
  const withdraw = useWithdraw();
  const rows = invitations.data?.data ?? [];
  const problem = invitations.error ?? withdraw.error;
  if (rows.length === 0 && !problem) return null;
  return (
    <Card title="Open invitations">
      <Stack gap="md">
        {problem && <Problem error={problem} retry={invitations.refetch} />}
        {rows.map(({ id, attributes }) => (
          <Group key={id} justify="space-between" wrap="nowrap">
            <div>
              <Text size="sm" fw={600}>
                {attributes.email}
              </Text>
              <Text size="xs" c="dimmed">
                {roleName(attributes.role)}, invited <Time at={attributes.created} />, ends <Time at={attributes.until} />
              </Text>
            </div>
            <Button
              size="xs"
              variant="subtle"
              color="red"
              aria-label={`Withdraw the invitation to ${attributes.email}`}
              loading={withdraw.isPending && withdraw.variables === id}
              onClick={() => withdraw.mutate(id)}
            >
              Withdraw
            </Button>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
