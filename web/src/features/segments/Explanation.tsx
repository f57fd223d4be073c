import { Badge, Divider, Group, Paper, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { Fragment, type ReactNode } from "react";
import type { ExplainedCondition, SegmentExplanation } from "../../api/types";
import { Facts, type Fact } from "../../ui/Facts";
import { words } from "../../ui/format";
import { Time } from "../../ui/Time";
import { Sentence } from "./Conditions";

/** Why a person is in a segment or not: each condition with what it was decided on. */
export function Explanation({ of }: { of: SegmentExplanation }) {
  return (
    <Stack gap="md">
      <div>
        <Badge color={of.is_member ? "spruce" : "gray"} tt="none" size="lg">
          {of.is_member ? "Is in the segment" : "Is not in the segment"}
        </Badge>
        <Text size="sm" c="dimmed" mt={6}>
          {of.joined_group_at && (
            <>
              Since <Time at={of.joined_group_at} full />.{" "}
            </>
          )}
          {of.holds !== of.is_member && "What is known now says otherwise; the segment follows in a moment. "}
          <Ahead of={of} now={of.as_of} changes="changes on" /> Looked at <Time at={of.as_of} full />.
        </Text>
      </div>
      {of.condition_groups.map((group, place) => (
        <Fragment key={place}>
          {place > 0 && <Divider label="and" labelPosition="left" />}
          <Paper p="sm" radius="md">
            <Stack gap="sm">
              {group.conditions.map((condition, nth) => (
                <Condition key={nth} of={condition} now={of.as_of} or={nth > 0} />
              ))}
            </Stack>
          </Paper>
        </Fragment>
      ))}
    </Stack>
  );
}

function Condition({ of, now, or }: { of: ExplainedCondition; now: string; or: boolean }) {
  const label = of.holds ? "Holds" : "Does not hold";
  return (
    <Group align="flex-start" gap="sm" wrap="nowrap" role="group" aria-label={label}>
      <ThemeIcon size={22} radius="xl" color={of.holds ? "spruce" : "gray"} variant={of.holds ? "filled" : "light"} title={label}>
        {of.holds ? <IconCheck size={14} /> : <IconX size={14} />}
      </ThemeIcon>
      <Stack gap={4} miw={0} flex={1}>
        <Text size="sm">
          {or && (
            <Text span c="dimmed" size="sm">
              or{" "}
            </Text>
          )}
          <Sentence of={of.condition} />
        </Text>
        <Text size="xs" c="dimmed">
          {label}
          {of.since && (
            <>
              {" "}
              since <Time at={of.since} full />
            </>
          )}
          . <Ahead of={of} now={now} changes={of.holds ? "ends on" : "begins on"} />
        </Text>
        <Facts facts={factsOf(of.data)} />
      </Stack>
    </Group>
  );
}

interface Prospect {
  next_change: string | null;
  unknown_from: string | null;
}

/** What time alone will change. */
function Ahead({ of, now, changes }: { of: Prospect; now: string; changes: string }) {
  if (of.next_change) {
    return (
      <>
        If nothing happens, it {changes} <Time at={of.next_change} full />.
      </>
    );
  }
  if (!of.unknown_from) return <>If nothing happens, it stays so.</>;
  if (of.unknown_from <= now) return <>How long that stays so can’t be told.</>;
  return (
    <>
      If nothing happens, it stays so until <Time at={of.unknown_from} full />; what comes then can’t be told.
    </>
  );
}

interface Window {
  start: string | null;
  end: string | null;
}

interface Event {
  id: string;
  time: string;
  value: number | null;
}

interface Suppression {
  reason: string;
  at: string;
}

/** What each kind of data is called, and how it is shown (null: not at all); the rest is shown under its own name. */
const FACTS: Record<string, (value: never) => Fact> = {
  count: (value: number) => ["Times", value],
  sum: (value: number | null) => ["Total value", value],
  // The sentence above says it already.
  wanted: () => ["Wanted", null],
  window: (value: Window) => ["Counted", <Span key="window" of={value} />],
  events: (value: Event[]) => ["Latest", value.length > 0 ? <Events key="events" of={value} /> : null],
  suppressions: (value: Suppression[]) => ["Suppressed", value.length > 0 ? <Suppressions key="all" of={value} /> : null],
  is_set: (value: boolean) => ["Known", value ? null : "No: it is not set"],
};

function factsOf(data: Record<string, unknown>): Fact[] {
  return Object.entries(data).map(([name, value]) => FACTS[name]?.(value as never) ?? [words(name), shown(value)]);
}

const MOMENT = /^\d{4}-\d\d-\d\dT/;

function shown(value: unknown): ReactNode {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "string" && MOMENT.test(value)) return <Time at={value} full />;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function Span({ of }: { of: Window }) {
  if (!of.start && !of.end) return "over all time";
  return (
    <>
      {of.start && (
        <>
          from <Time at={of.start} full />{" "}
        </>
      )}
      {of.end && (
        <>
          to <Time at={of.end} full />
        </>
      )}
    </>
  );
}

function Events({ of }: { of: Event[] }) {
  return (
    <Stack gap={2}>
      {of.map(({ id, time, value }) => (
        <span key={id}>
          <Time at={time} full />
          {value !== null && ` · ${value}`}
        </span>
      ))}
    </Stack>
  );
}

function Suppressions({ of }: { of: Suppression[] }) {
  return (
    <Stack gap={2}>
      {of.map(({ reason, at }) => (
        <span key={`${reason} ${at}`}>
          {words(reason.toLowerCase())}, <Time at={at} full />
        </span>
      ))}
    </Stack>
  );
}
