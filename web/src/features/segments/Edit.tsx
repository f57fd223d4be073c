import { Button, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import type { Answer } from "../../api/ask";
import { isOutdated, versionOf } from "../../api/client";
import type { ConditionGroups } from "../../api/types";
import { useEstimate } from "../../grammar/queries";
import { useFreshSegment, useSaveSegment, useSegment, type SegmentDraft } from "./queries";
import classes from "../../grammar/builder/Builder.module.css";
import { gapsOfAll, NEW, refusalOf } from "../../grammar/builder/draft";
import { Estimate } from "../../grammar/builder/Estimate";
import { Groups } from "../../grammar/builder/Groups";
import { Changed, shownValue } from "../../ui/form/Changed";
import { useEdit, type Opened } from "../../ui/form/useEdit";
import { useUnsaved } from "../../ui/form/useUnsaved";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/States";

/** Milliseconds of rest after a change before it is counted. */
const REST = 400;

export function NewSegment() {
  return <Editor opened={{ values: { name: "", definition: NEW }, version: undefined }} />;
}

export function EditSegment() {
  const { id = "" } = useParams();
  const query = useSegment(id);
  if (query.data?.data.attributes.definition) return <Editor key={id} id={id} opened={openedOf(query.data)} />;
  return (
    <Page title="Edit the segment" back={["/audiences", "Lists & segments"]}>
      {query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={320} radius="lg" />}
    </Page>
  );
}

function openedOf(document: Answer<"get_segment">): Opened<SegmentDraft> {
  const { name, definition } = document.data.attributes;
  return { values: { name: name ?? "", definition: definition as unknown as ConditionGroups }, version: versionOf(document) };
}

function Editor({ id, opened }: { id?: string; opened: Opened<SegmentDraft> }) {
  // What it was when it was opened: a newer one that arrives meanwhile doesn't change what is being written.
  const [first] = useState(opened.values);
  const [name, setName] = useState(first.name);
  const [definition, setDefinition] = useState(first.definition);
  const [settled] = useDebouncedValue(definition, REST);
  const gaps = gapsOfAll(definition);
  const complete = gaps.length === 0;
  const estimate = useEstimate(complete && gapsOfAll(settled).length === 0 ? settled : null);
  const save = useSaveSegment(id);
  const leave = useUnsaved(name !== first.name || definition !== first.definition, "this segment");
  const fresh = useFreshSegment(id ?? "");
  const navigate = useNavigate();
  const edit = useEdit<SegmentDraft, Answer<"get_segment">>({
    opened,
    // Sent again, an unchanged definition would be built again.
    send: (values, fields, version) =>
      save.mutateAsync({ ...Object.fromEntries(Object.entries(values).filter(([field]) => !id || fields.includes(field))), version }),
    fresh: async () => openedOf(await fresh()),
    fill: (values) => {
      setName(values.name);
      setDefinition(values.definition);
    },
  });

  const home = id ? `/audiences/segments/${id}` : "/audiences";
  const reason = reasonAgainst(name, gaps);
  const change = (next: typeof definition) => {
    save.reset();
    setDefinition(next);
  };
  const onSuccess = ({ data }: Answer<"get_segment">) => {
    leave.allow();
    void navigate(`/audiences/segments/${data.id}`);
  };
  // what is refused is shown where it belongs, of `save.error`
  const onSave = () => edit.save({ name: name.trim(), definition }, { onSuccess, onError: () => undefined });
  const counted = settled === definition ? estimate.error : null;
  const failure = edit.meanwhile && !edit.pending && isOutdated(save.error) ? null : save.error;
  const refusal = refusalOf(failure ?? (estimate.unknown ? null : counted));
  return (
    <Page title={id ? "Edit the segment" : "New segment"} back={[home, id ? first.name : "Lists & segments"]}>
      <Changed
        {...edit}
        thing="segment"
        nameOf={(field) => (field === "name" ? "Name" : "Conditions")}
        shown={(value) => (typeof value === "string" ? shownValue(value) : conditionsIn(value as ConditionGroups))}
        overwrite={onSave}
      />
      <TextInput
        label="Name"
        placeholder="Repeat customers of the last 90 days"
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        maw={520}
        data-autofocus={id ? undefined : true}
      />
      <div className={classes.layout}>
        <Groups of={definition} onChange={change} refusal={refusal} />
        <aside className={classes.aside}>
          <Stack>
            <Estimate query={estimate} complete={complete} waiting={settled !== definition} />
            <Stack gap="xs">
              <Group gap="xs">
                <Button onClick={onSave} disabled={reason !== null} loading={edit.pending}>
                  {id ? "Save" : "Create the segment"}
                </Button>
                <Button component={Link} to={home} variant="default">
                  Cancel
                </Button>
              </Group>
              {reason && (
                <Text size="sm" c="dimmed" role="status">
                  {reason}
                </Text>
              )}
              {failure && (
                <Text size="sm" c="red" role="alert">
                  {refusal?.group === null ? failure.message : "Not saved: see the marked condition."}
                </Text>
              )}
            </Stack>
          </Stack>
        </aside>
      </div>
      {leave.question}
    </Page>
  );
}

function conditionsIn({ condition_groups }: ConditionGroups): string {
  const number = condition_groups.reduce((sum, { conditions }) => sum + conditions.length, 0);
  return number === 1 ? "one condition" : `${number} conditions`;
}

function reasonAgainst(name: string, gaps: string[]): string | null {
  const wanted = [...(name.trim() ? [] : ["a name"]), ...new Set(gaps)];
  return wanted.length > 0 ? `Still missing: ${wanted.join(", ")}.` : null;
}
