import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useAccount } from "../../../api/account";
import { rowsOf } from "../../../api/records";
import type { Resource } from "../../../api/types";
import { More } from "../../../ui/Endless";
import { count } from "../../../ui/format";
import { Card } from "../../../ui/Page";
import { Problem, Rows } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { AddAccount } from "./AddAccount";
import { useInstalled, useOwnAccounts, useSwitchAccount, type InstalledAccount } from "./queries";

/** Every account there is. One's own can be gone to; the others belong to other people. */
export function Installation() {
  const installed = useInstalled();
  const own = new Set(useOwnAccounts().data?.data.map(({ id }) => id));
  const [adding, setAdding] = useState(false);
  const rows = rowsOf(installed.data);
  const add = (
    <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
      Add an account
    </Button>
  );
  return (
    <Card title="Accounts" aside={add}>
      <Stack gap="md">
        {!rows && installed.error && <Problem error={installed.error} retry={installed.refetch} />}
        {!rows && !installed.error && <Rows rows={3} />}
        {rows?.map((row) => <Line key={row.id} row={row} isOwn={own.has(row.id)} />)}
        <More pages={installed} />
      </Stack>
      {adding && <AddAccount close={() => setAdding(false)} />}
    </Card>
  );
}

function Line({ row: { id, attributes }, isOwn }: { row: Resource<InstalledAccount>; isOwn: boolean }) {
  const { account_id } = useAccount();
  const go = useSwitchAccount();
  const people = attributes.members === 1 ? "one person" : `${count(attributes.members)} people`;
  return (
    <Group justify="space-between" gap="xs" wrap="nowrap">
      <div style={{ minWidth: 0, overflowWrap: "anywhere" }}>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {attributes.name}
          </Text>
          {id === account_id && <Badge tt="none">This one</Badge>}
          {attributes.test_account && (
            <Badge tt="none" color="yellow">
              Test
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          <code>{id}</code>, {people}, made <Time at={attributes.created} />
        </Text>
        {attributes.owners.length > 0 && (
          <Text size="xs" c="dimmed">
            Owned by {attributes.owners.join(", ")}
          </Text>
        )}
        {go.error && (
          <Text size="xs" c="red" role="alert">
            {go.error.message}
          </Text>
        )}
      </div>
      {isOwn && id !== account_id && (
        <Button
          size="xs"
          variant="default"
          aria-label={`Go to ${attributes.name}`}
          loading={go.isPending}
          onClick={() => go.mutate(id, { onSuccess: () => location.assign("/") })}
        >
          Go to
        </Button>
      )}
    </Group>
  );
}
