import { ActionIcon, Button, Divider, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { Fragment } from "react";
import type { Condition, ConditionGroups } from "../../api/types";
import { CONDITION } from "../conditions";
import type { Fork } from "../pieces";
import { Card } from "../../ui/Page";
import classes from "./Builder.module.css";
import { MOST_CONDITIONS, newCondition, newGroup, withGroup, type Refusal } from "./draft";
import { ForkInput } from "./Sentence";

interface GroupsProps {
  of: ConditionGroups;
  onChange: (of: ConditionGroups) => void;
  refusal: Refusal | null;
  /** what a condition can be */
  fork?: Fork;
  /** the words before the first group, each further one, and each further condition of one */
  leads?: readonly [first: string, further: string, or: string];
  /** the last condition can be taken away too */
  canBeEmpty?: boolean;
}

const SEGMENT_LEADS = ["Everybody who", "who also", "or who"] as const;

/** The whole definition: every group must hold, and of a group's conditions one is enough. */
export function Groups({ of, onChange, refusal, fork = CONDITION, leads = SEGMENT_LEADS, canBeEmpty = false }: GroupsProps) {
  const groups = of.condition_groups;
  const set = (condition_groups: ConditionGroups["condition_groups"]) => onChange({ condition_groups });
  const full = groups.reduce((sum, { conditions }) => sum + conditions.length, 0) >= MOST_CONDITIONS;
  return (
    <Stack gap="xs">
      {groups.map(({ conditions }, place) => (
        <Fragment key={place}>
          {place > 0 && <Divider label="and" labelPosition="center" />}
          <section aria-label={`Group ${place + 1}`}>
            <Card>
              <OneGroup
                conditions={conditions}
                onChange={(next) => set(withGroup(groups, place, next))}
                refusal={refusal?.group === place ? refusal : null}
                full={full}
                last={!canBeEmpty && groups.length === 1 && conditions.length === 1}
                fork={fork}
                leads={[place === 0 ? leads[0] : leads[1], leads[2]]}
              />
            </Card>
          </section>
        </Fragment>
      ))}
      <Button
        variant="default"
        leftSection={<IconPlus size={16} />}
        disabled={full}
        onClick={() => set([...groups, newGroup(fork)])}
        style={{ alignSelf: "flex-start" }}
      >
        And …
      </Button>
      {full && <Text size="sm" c="dimmed">{`There can be ${MOST_CONDITIONS} conditions.`}</Text>}
    </Stack>
  );
}

interface OneGroupProps {
  conditions: Condition[];
  onChange: (conditions: Condition[]) => void;
  refusal: Refusal | null;
  full: boolean;
  /** The only condition there is can't be taken away. */
  last: boolean;
  fork: Fork;
  leads: readonly [first: string, or: string];
}

function OneGroup({ conditions, onChange, refusal, full, last, fork, leads }: OneGroupProps) {
  return (
    <Stack gap={8}>
      {conditions.map((condition, nth) => (
        <Fragment key={nth}>
          <Text size="sm" c="dimmed">
            {nth === 0 ? leads[0] : leads[1]}
          </Text>
          <OneCondition
            fork={fork}
            of={condition}
            onChange={(next) => onChange(conditions.with(nth, next))}
            onRemove={last ? null : () => onChange(conditions.toSpliced(nth, 1))}
            problem={refusal?.nth === nth ? refusal.message : null}
          />
        </Fragment>
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={14} />}
        disabled={full}
        onClick={() => onChange([...conditions, newCondition(fork)])}
        style={{ alignSelf: "flex-start" }}
      >
        Or …
      </Button>
    </Stack>
  );
}

interface OneConditionProps {
  fork: Fork;
  of: Condition;
  onChange: (of: Condition) => void;
  onRemove: (() => void) | null;
  problem: string | null;
}

function OneCondition({ fork, of, onChange, onRemove, problem }: OneConditionProps) {
  return (
    <div className={classes.condition} data-wrong={problem !== null || undefined} role="group" aria-label="Condition">
      <Stack gap={6} miw={0}>
        <div className={classes.sentence}>
          <ForkInput of={fork} value={of} onChange={(next) => onChange(next as Condition)} />
        </div>
        {problem && (
          <Text size="sm" c="red" role="alert">
            {problem}
          </Text>
        )}
      </Stack>
      {onRemove && (
        <ActionIcon variant="subtle" color="gray" aria-label="Remove this condition" onClick={onRemove} mt={4}>
          <IconTrash size={16} />
        </ActionIcon>
      )}
    </div>
  );
}
