import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconUsers } from "@tabler/icons-react";
import { Time } from "../ui/Time";
import type { SavingControl } from "./useSaving";

/** What stands between the screen and the server, and what can be done. */
export function Troubles({ thing, saving, copy }: { thing: string; saving: SavingControl; copy?: () => void }) {
  if (saving.state === "conflict" && saving.conflict)
    return (
      <Alert role="alert" color="orange" icon={<IconUsers />} title={`Not saved: this ${thing} was changed after you opened it`} mx="md">
        <Text size="sm">
          {saving.conflict.by ? `${saving.conflict.by} saved it` : "Somebody saved it"}
          {saving.conflict.at && (
            <>
              {" "}
              <Time at={saving.conflict.at} />
            </>
          )}
          . Nothing of yours is lost: it stays on this page until you decide.
        </Text>
        <Group gap="xs" mt="xs">
          {copy && (
            <Button size="xs" onClick={copy}>
              Keep mine as a copy
            </Button>
          )}
          <Button size="xs" variant="default" onClick={saving.overwrite}>
            Overwrite with mine
          </Button>
          <Button size="xs" variant="default" component="a" href={`${location.pathname}?theirs=1`} target="_blank">
            See theirs
          </Button>
        </Group>
      </Alert>
    );
  if (saving.state === "refused")
    return (
      <Alert role="alert" color="red" icon={<IconAlertTriangle />} title="Not saved" mx="md">
        {saving.problems.map(({ detail }) => (
          <Text key={detail} size="sm">
            {detail}
          </Text>
        ))}
      </Alert>
    );
  return null;
}
