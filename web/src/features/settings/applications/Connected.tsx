import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../../../api/session";
import type { Resource } from "../../../api/types";
import { announce } from "../../../ui/announce";
import { Confirm } from "../../../ui/Confirm";
import { Card } from "../../../ui/Page";
import { Empty, Problem, Rows } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { useConnected, useEndConnected, type Connected } from "./queries";

/** What this account allows: by whom, what, and when it was last used. */
export function ConnectedApplications() {
  const connected = useConnected();
  const rows = connected.data?.data;
  return (
    <Card title="Connected applications">
      <Stack gap="md">
        {connected.error && <Problem error={connected.error} retry={connected.refetch} />}
        {!rows && !connected.error && <Rows rows={2} />}
        {rows?.length === 0 && (
          <Empty icon={IconPlugConnected} title="No application is connected">
            An application that asks for access leads you to a page of Rapport on which you allow it. Then it stands here.
          </Empty>
        )}
        {rows?.map((row) => <Line key={row.id} row={row} />)}
      </Stack>
    </Card>
  );
}

function Line({ row: { id, attributes } }: { row: Resource<Connected> }) {
  const [asked, setAsked] = useState(false);
  const may = useMay("end_connected_application");
  const end = useEndConnected();
  const done = () => {
    setAsked(false);
    announce(`${attributes.name} has no access any more.`);
  };
  return (
    <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
      <div>
        <Text size="sm" fw={600}>
          {attributes.name}
        </Text>
        <Text size="xs" c="dimmed">
          Allowed {attributes.allowed_by ? `by ${attributes.allowed_by} ` : ""}
          <Time at={attributes.allowed} />, last used <Time at={attributes.last_used} />
        </Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {attributes.scopes.join(", ")}
        </Text>
      </div>
      {may && (
        <Button size="xs" variant="subtle" color="red" aria-label={`End access of ${attributes.name}`} onClick={() => setAsked(true)}>
          End access
        </Button>
      )}
      <Confirm
        opened={asked}
        close={() => setAsked(false)}
        title={`End the access of ${attributes.name}?`}
        action="End the access"
        pending={end.isPending}
        error={end.error}
        onConfirm={() => end.mutate(id, { onSuccess: done })}
      >
        It is refused within a second, whoever allowed it. It can ask again.
      </Confirm>
    </Group>
  );
}
