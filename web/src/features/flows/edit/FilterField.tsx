import { Button, Stack, Text } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import type { ConditionGroups } from "../../../api/types";
import { newGroup } from "../../../grammar/builder/draft";
import { Groups } from "../../../grammar/builder/Groups";
import { SubjectProvider } from "../../../grammar/builder/subject";
import { EVENT_CONDITION, FLOW_CONDITION, STEP_CONDITION } from "../../../grammar/conditions";
import type { Fork } from "../../../grammar/pieces";
import { useField, type Bound } from "./fields";

type About = "flow" | "step" | "event";

const FORKS: Record<About, Fork> = { flow: FLOW_CONDITION, step: STEP_CONDITION, event: EVENT_CONDITION };

const LEADS: Record<About, readonly [string, string, string]> = {
  flow: ["Somebody who", "who also", "or who"],
  step: ["Somebody who", "who also", "or who"],
  event: ["An event whose", "whose", "or whose"],
};

/** Conditions, or none. `metric`: of the event that they are about. */
export function FilterField({ about, empty, metric, ...bound }: Bound & { about: About; empty: string; metric?: string | undefined }) {
  const [value, set] = useField(bound);
  const groups = (value as ConditionGroups | null | undefined)?.condition_groups ?? [];
  const fork = FORKS[about];
  const put = ({ condition_groups }: ConditionGroups) => set(condition_groups.length > 0 ? { ...(value as ConditionGroups), condition_groups } : null);
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>
        {bound.label}
      </Text>
      {groups.length === 0 ? (
        <>
          <Text size="sm" c="dimmed">
            {empty}
          </Text>
          <Button variant="default" size="xs" leftSection={<IconFilter size={14} />} style={{ alignSelf: "flex-start" }} onClick={() => put({ condition_groups: [newGroup(fork)] })}>
            Add a condition
          </Button>
        </>
      ) : (
        <SubjectProvider of={metric ? { metric_id: metric } : null}>
          <Groups of={{ condition_groups: groups }} onChange={put} refusal={null} fork={fork} leads={LEADS[about]} canBeEmpty />
        </SubjectProvider>
      )}
    </Stack>
  );
}
