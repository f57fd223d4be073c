import { Button, Group, Modal, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { Link, useBlocker, useNavigate, useParams } from "react-router";
import type { ConditionGroups } from "../../api/types";
import { useEstimate } from "../../grammar/queries";
import { useSaveSegment, useSegment, type SegmentDraft } from "./queries";
import classes from "../../grammar/builder/Builder.module.css";
import { gapsOfAll, NEW, refusalOf } from "../../grammar/builder/draft";
import { Estimate } from "../../grammar/builder/Estimate";
import { Groups } from "../../grammar/builder/Groups";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/States";

/** Milliseconds of rest after a change before it is counted. */
const REST = 400;

export function NewSegment() {
  return <Editor start={{ name: "", definition: NEW }} />;
}

export function EditSegment() {
  const { id = "" } = useParams();
  const query = useSegment(id);
  const segment = query.data?.data.attributes;
  if (segment?.definition) return <Editor key={id} id={id} start={{ name: segment.name ?? "", definition: segment.definition as unknown as ConditionGroups }} />;
  return (
    <Page title="Edit the segment" back={["/audiences", "Lists & segments"]}>
      {query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={320} radius="lg" />}
    </Page>
  );
}

function Editor({ id, start }: { id?: string; start: SegmentDraft }) {
  // What it was when it was opened: a newer one that arrives meanwhile doesn't change what is being written.
  const [first] = useState(start);
  const [name, setName] = useState(first.name);
  const [definition, setDefinition] = useState(first.definition);
  const [settled] = useDebouncedValue(definition, REST);
  const gaps = gapsOfAll(definition);
  const complete = gaps.length === 0;
  const estimate = useEstimate(complete && gapsOfAll(settled).length === 0 ? settled : null);
  const save = useSaveSegment(id);
  const leave = useUnsaved(name !== first.name || definition !== first.definition);
  const navigate = useNavigate();

  const home = id ? `/audiences/segments/${id}` : "/audiences";
  const reason = reasonAgainst(name, gaps);
  const change = (next: typeof definition) => {
    save.reset();
    setDefinition(next);
  };
  const onSave = () =>
    save.mutate(
      // Sent again, it would be built again.
      { name: name.trim(), ...(id && definition === first.definition ? {} : { definition }) },
      {
        onSuccess: ({ data }) => {
          leave.allow();
          void navigate(`/audiences/segments/${data.id}`);
        },
      },
    );
  const counted = settled === definition ? estimate.error : null;
  const refusal = refusalOf(save.error ?? (estimate.unknown ? null : counted));
  return (
    <Page title={id ? "Edit the segment" : "New segment"} back={[home, id ? first.name : "Lists & segments"]}>
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
                <Button onClick={onSave} disabled={reason !== null} loading={save.isPending}>
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
              {save.error && (
                <Text size="sm" c="red" role="alert">
                  {refusal?.group === null ? save.error.message : "Not saved: see the marked condition."}
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

function reasonAgainst(name: string, gaps: string[]): string | null {
  const wanted = [...(name.trim() ? [] : ["a name"]), ...new Set(gaps)];
  return wanted.length > 0 ? `Still missing: ${wanted.join(", ")}.` : null;
}

/** Asks before unsaved changes are left: inside the app by a question of ours, on closing the tab by the browser's. */
function useUnsaved(changed: boolean) {
  const allowed = useRef(false);
  const blocker = useBlocker(() => changed && !allowed.current);
  useEffect(() => {
    if (!changed) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  }, [changed]);
  const question = (
    <Modal opened={blocker.state === "blocked"} onClose={() => blocker.reset?.()} title="Leave without saving?" centered>
      <Text size="sm">What you changed in this segment is lost.</Text>
      <Group mt="md" justify="flex-end">
        <Button variant="default" onClick={() => blocker.reset?.()}>
          Stay
        </Button>
        <Button color="red" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
      </Group>
    </Modal>
  );
  return { question, allow: () => (allowed.current = true) };
}
