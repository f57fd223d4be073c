import { Anchor, Divider, Stack, Text } from "@mantine/core";
import { Fragment } from "react";
import { Link } from "react-router";
import { useNameOf } from "../../grammar/queries";
import type { Condition, ConditionGroups } from "../../api/types";
import { phrasesOf, type Phrase } from "../../grammar/phrases";

/** Every group must hold; of a group's conditions one is enough. */
export function Conditions({ of }: { of: ConditionGroups }) {
  return (
    <Stack gap="xs">
      {of.condition_groups.map((group, place) => (
        <Fragment key={place}>
          {place > 0 && <Divider label="and" labelPosition="left" />}
          {group.conditions.map((condition, nth) => (
            <Text key={nth} size="sm" style={{ overflowWrap: "anywhere" }}>
              {nth > 0 && (
                <Text span c="dimmed" size="sm">
                  or{" "}
                </Text>
              )}
              <Sentence of={condition} />
            </Text>
          ))}
        </Fragment>
      ))}
    </Stack>
  );
}

/** A condition in words; what it names by id is a link. */
export function Sentence({ of }: { of: Condition }) {
  return phrasesOf(of).map((phrase, place) => (
    <Fragment key={place}>
      {place > 0 && !/^[,%]/.test(phrase.text) && " "}
      <Said phrase={phrase} />
    </Fragment>
  ));
}

function Said({ phrase: { text, kind } }: { phrase: Phrase }) {
  if (kind === "words") return text;
  if (kind === "value") return <strong style={{ fontWeight: 600 }}>{text}</strong>;
  if (kind === "group") return <Group id={text} />;
  return <Thing kind={kind} id={text} to={kind === "metric" ? `/events?metric=${text}` : `/flows/${text}`} />;
}

function Thing({ kind, id, to }: { kind: string; id: string; to: string }) {
  const { name } = useNameOf(kind, id);
  return (
    <Anchor component={Link} to={to} size="sm" fw={600}>
      {name ?? id}
    </Anchor>
  );
}

/** A group is a list or a segment; its id does not tell which, so a segment is what is no list. */
function Group({ id }: { id: string }) {
  const list = useNameOf("list", id);
  const segment = useNameOf("segment", list.missing ? id : undefined);
  return (
    <Anchor component={Link} to={`/audiences/${list.missing ? "segments" : "lists"}/${id}`} size="sm" fw={600}>
      {list.name ?? segment.name ?? id}
    </Anchor>
  );
}
