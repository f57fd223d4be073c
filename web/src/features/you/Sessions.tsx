import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { Card } from "../../ui/Page";
import { Problem, Rows } from "../../ui/States";
import { Time } from "../../ui/Time";
import { deviceOf } from "./device";
import { useEndSession, useSessions } from "./queries";

export function Sessions() {
  const sessions = useSessions();
  const end = useEndSession();
  const rows = sessions.data?.data;
  const others = (rows?.length ?? 0) > 1;
  return (
    <Card
      title="Where you are signed in"
      aside={
        others && (
          <Button size="xs" variant="default" loading={end.isPending && end.variables === "others"} onClick={() => end.mutate("others")}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      <Stack gap="md">
        {(sessions.error ?? end.error) && <Problem error={(sessions.error ?? end.error) as Error} retry={sessions.refetch} />}
        {!rows && !sessions.error && <Rows rows={2} />}
        {rows?.map(({ id, attributes }) => (
          <Group key={id} justify="space-between" wrap="nowrap">
            <div>
              <Group gap="xs">
                <Text size="sm" fw={600}>
                  {deviceOf(attributes.agent)}
                </Text>
                {attributes.is_this && <Badge tt="none">This browser</Badge>}
              </Group>
              <Text size="xs" c="dimmed">
                {attributes.address || "Unknown address"}, last used <Time at={attributes.used} />, signed in <Time at={attributes.created} />
              </Text>
            </div>
            {!attributes.is_this && (
              <Button size="xs" variant="subtle" color="red" loading={end.isPending && end.variables === id} onClick={() => end.mutate(id)}>
                Sign out
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
