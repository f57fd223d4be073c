import { Alert, Button, Group, List, Menu, Modal, Radio, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconChevronDown, IconPlayerPause, IconPlayerPlay, IconPower } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { announce } from "../../ui/announce";
import { count } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { Problem } from "../../ui/States";
import { Warnings } from "./Warnings";
import { useBackPopulate, useFlowReadiness, useSetStatus, type Mode } from "./queries";

/** Whether the flow acts: what can be done about it, and what that means. */
export function TurnOn({ id, status }: { id: string; status: string }) {
  const [isAsked, setIsAsked] = useState(false);
  const set = useSetStatus(id);
  const to = (next: "draft" | "manual" | "live", words: string) => set.mutate(next, { onSuccess: () => announce(words) });
  return (
    <Offered by="update_flow">
      {status === "live" || status === "manual" ? (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={14} />} loading={set.isPending}>
              {status === "live" ? "It is live" : "It waits for reviews"}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {status === "live" ? (
              <Menu.Item leftSection={<IconPlayerPause size={16} />} onClick={() => to("manual", "Messages wait for your review from now on.")}>
                Hold every message for review
              </Menu.Item>
            ) : (
              <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={() => setIsAsked(true)}>
                Send without review …
              </Menu.Item>
            )}
            <Menu.Item leftSection={<IconPower size={16} />} onClick={() => to("draft", "The flow is off: nobody enters it.")}>
              Turn it off
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ) : (
        <Button leftSection={<IconPower size={16} />} onClick={() => setIsAsked(true)}>
          Turn it on …
        </Button>
      )}
      {set.error && (
        <Text size="sm" c="red" role="alert">
          {set.error.message}
        </Text>
      )}
      {isAsked && <Asked id={id} close={() => setIsAsked(false)} />}
    </Offered>
  );
}

const MODES: Record<Mode, string> = {
  start: "begin at the first step, now",
  relative: "stand where they would be by now; what lies in the past is not made up for",
};

function putIn(entered: number, past: number): string {
  const first = ` ${count(entered)} of the ${count(past)} who came before entered`;
  return entered < past ? `${first}: the others do not meet its filter, or were in it already.` : `${first}.`;
}

function Asked({ id, close }: { id: string; close: () => void }) {
  const query = useFlowReadiness(id, true);
  const [past, setPast] = useState<Mode | "none">("none");
  const set = useSetStatus(id);
  const fill = useBackPopulate(id);
  const readiness = query.data?.data.attributes;
  const onTurnOn = async () => {
    await set.mutateAsync("live");
    const filled = past === "none" ? null : await fill.mutateAsync(past);
    announce(`The flow is live.${filled ? putIn(filled.data.attributes.entered, readiness?.past ?? 0) : ""}`);
    close();
  };
  const error = set.error ?? fill.error;
  return (
    <Modal opened onClose={close} title="Turn the flow on?" centered>
      <Stack gap="sm">
        {query.error && <Problem error={query.error} retry={query.refetch} />}
        {query.isPending && <Skeleton height={120} />}
        {readiness && readiness.problems.length > 0 && (
          <Alert color="orange" icon={<IconAlertTriangle />} title="Not yet">
            <List size="sm" spacing={4}>
              {readiness.problems.map(({ detail, action_id }) => (
                <List.Item key={`${action_id ?? ""}${detail}`}>{detail}</List.Item>
              ))}
            </List>
            <Button mt="sm" size="xs" component={Link} to={`/flows/${id}/edit`}>
              Edit the flow
            </Button>
          </Alert>
        )}
        {readiness && readiness.problems.length === 0 && (
          <>
            <Warnings of={readiness.warnings} />
            <Text size="sm">
              <b>Who enters:</b> {readiness.from_now_on}
            </Text>
            {readiness.inside > 0 && (
              <Text size="sm">{readiness.inside === 1 ? "One person is" : `${count(readiness.inside)} people are`} under way in it, and will go on.</Text>
            )}
            {readiness.past > 0 && readiness.modes.length > 0 && (
              <Radio.Group label={`The ${count(readiness.past)} who came before`} value={past} onChange={(value) => setPast(value as Mode | "none")}>
                <Stack gap={6} mt={6}>
                  <Radio value="none" label="stay out" />
                  {readiness.modes.map((mode) => (
                    <Radio key={mode} value={mode} label={MODES[mode]} />
                  ))}
                </Stack>
              </Radio.Group>
            )}
            <Text size="sm" c="dimmed">
              Every step of it becomes live: a message that is set to wait for a review is sent without one from then on.
            </Text>
            {error && (
              <Text size="sm" c="red" role="alert">
                {error.message}
              </Text>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button loading={set.isPending || fill.isPending} onClick={() => void onTurnOn().catch(() => undefined)}>
                Turn the flow on
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}
