import { Anchor, Divider, Stack, Text } from "@mantine/core";
import { Fragment } from "react";
import { Link } from "react-router";
import { useNameOf } from "../api/queries";
import type { Condition, ConditionGroups } from "../api/types";
import { sentenceOf, type Sentence } from "./conditionWords";

/** Every group must hold; of a group's conditions one is enough. */
export function Conditions({ of }: { of: ConditionGroups }) {
  return (
    <Stack gap="xs">
      {of.condition_groups.map((group, place) => (
        <Fragment key={place}>
          {place > 0 && <Divider label="and" labelPosition="left" />}
          {group.conditions.map((condition, nth) => (
            <Line key={nth} condition={condition} or={nth > 0} />
          ))}
        </Fragment>
      ))}
    </Stack>
  );
}

function Line({ condition, or }: { condition: Condition; or: boolean }) {
  const sentence = sentenceOf(condition);
  return (
    <Text size="sm" style={{ overflowWrap: "anywhere" }}>
      {or && (
        <Text span c="dimmed" size="sm">
          or{" "}
        </Text>
      )}
      {sentence.before} <Names of={sentence.named} /> {sentence.after}
    </Text>
  );
}

function Names({ of }: { of: Sentence["named"] }) {
  if (!of) return null;
  return of.ids.map((id, place) => (
    <Fragment key={id}>
      {place > 0 && ", "}
      {of.kind === "metric" ? <Metric id={id} /> : <Group id={id} />}
    </Fragment>
  ));
}

function Metric({ id }: { id: string }) {
  const { name } = useNameOf("metric", id);
  return (
    <Anchor component={Link} to={`/events?metric=${id}`} size="sm" fw={550}>
      {name ?? id}
    </Anchor>
  );
}

/** A group is a list or a segment; its id does not tell which, so a segment is what is no list. */
function Group({ id }: { id: string }) {
  const list = useNameOf("list", id);
  const segment = useNameOf("segment", list.missing ? id : undefined);
  return (
    <Anchor component={Link} to={`/audiences/${list.missing ? "segments" : "lists"}/${id}`} size="sm" fw={550}>
      {list.name ?? segment.name ?? id}
    </Anchor>
  );
}
