import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../../../api/session";
import type { Resource } from "../../../api/types";
import { Confirm } from "../../../ui/Confirm";
import { Card } from "../../../ui/Page";
import { Empty, Problem, Rows } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { NewKey } from "./NewKey";
import { useKeys, useRevokeKey, useSwitchKey, type Key } from "./queries";

export function Keys() {
  const [making, setMaking] = useState(false);
  const keys = useKeys();
  const may = useMay("create_api_key");
  const rows = keys.data?.data;
  const create = may && (
    <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>
      Make a key
    </Button>
  );
  return (
    <Card title="Private keys" aside={create}>
      <Stack gap="md">
        {keys.error && <Problem error={keys.error} retry={keys.refetch} />}
        {!rows && !keys.error && <Rows rows={3} />}
        {rows?.length === 0 && (
          <Empty icon={IconKey} title="No keys yet" action={create}>
            A program that sends events or reads profiles needs one.
          </Empty>
        )}
        {rows?.map((row) => <Line key={row.id} row={row} may={may} />)}
      </Stack>
      <NewKey opened={making} close={() => setMaking(false)} />
    </Card>
  );
}

function Line({ row: { id, attributes }, may }: { row: Resource<Key>; may: boolean }) {
  const [asked, setAsked] = useState(false);
  const change = useSwitchKey();
  const revoke = useRevokeKey();
  const off = attributes.status === "disabled";
  return (
    <Group justify="space-between" gap="xs">
      <div>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {attributes.name}
          </Text>
          {off && (
            <Badge tt="none" color="gray">
              Disabled
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          <code>{attributes.redacted_key}</code>, {attributes.scopes.length} scopes, made <Time at={attributes.created} />,{" "}
          {attributes.last_used ? (
            <>
              last used <Time at={attributes.last_used} />
            </>
          ) : (
            "never used"
          )}
        </Text>
        {change.error && (
          <Text size="xs" c="red" role="alert">
            {change.error.message}
          </Text>
        )}
      </div>
      {may && (
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            aria-label={`${off ? "Enable" : "Disable"} the key ${attributes.name}`}
            loading={change.isPending}
            onClick={() => change.mutate({ id, status: off ? "active" : "disabled" })}
          >
            {off ? "Enable" : "Disable"}
          </Button>
          <Button size="xs" variant="subtle" color="red" aria-label={`Revoke the key ${attributes.name}`} onClick={() => setAsked(true)}>
            Revoke
          </Button>
        </Group>
      )}
      <Confirm
        opened={asked}
        close={() => setAsked(false)}
        title={`Revoke ${attributes.name}?`}
        action="Revoke the key"
        pending={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutate(id, { onSuccess: () => setAsked(false) })}
      >
        Programs that use it are refused within a second, for good. To try that first, disable it.
      </Confirm>
    </Group>
  );
}
