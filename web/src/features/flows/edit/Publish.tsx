import { Alert, Button, Checkbox, Group, List, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconRocket } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import type { Answer } from "../../../api/ask";
import { ApiProblem } from "../../../api/client";
import { setField } from "../../../editor/commands";
import { useEditor, useEditorState } from "../../../editor/context";
import { apply, joined, NOTHING, type Change, type Document, type Key } from "../../../editor/document";
import { announce } from "../../../ui/announce";
import { Problem } from "../../../ui/States";
import { Warnings } from "../Warnings";
import { useFreshDraft, usePublish } from "../queries";
import { isStep } from "../tree";
import type { Against } from "./Editor";
import { STATUS_PATH } from "./fields";
import { statusOf } from "./words";

interface PublishProps {
  id: string;
  /** of the flow that runs */
  status: string;
  flush: () => Promise<boolean>;
  gaps: number;
  refuse: (against: readonly Against[]) => void;
}

/** Puts what is drawn in the place of what runs, after saying what that does to the people inside. */
export function Publish({ id, status, flush, gaps, refuse }: PublishProps) {
  const [isOpen, setIsOpen] = useState(false);
  const isLive = status !== "draft";
  return (
    <>
      <Button size="xs" leftSection={<IconRocket size={15} />} onClick={() => setIsOpen(true)}>
        {isLive ? "Publish …" : "Finish …"}
      </Button>
      {isOpen && <Asked id={id} isLive={isLive} flush={flush} gaps={gaps} refuse={refuse} close={() => setIsOpen(false)} />}
    </>
  );
}

interface AskedProps extends Omit<PublishProps, "status"> {
  isLive: boolean;
  close: () => void;
}

function Asked({ id, isLive, flush, gaps, refuse, close }: AskedProps) {
  const fresh = useFreshDraft(id);
  const publish = usePublish(id);
  const editor = useEditor();
  const navigate = useNavigate();
  const drafts = useEditorState(({ document }) => document);
  const idle = isLive ? [...drafts].filter(([, node]) => isStep(node) && statusOf(node) === "draft").map(([key]) => key) : [];
  const acting = [...drafts.values()].filter((node) => isStep(node) && ["live", "manual"].includes(statusOf(node) ?? "")).length;
  const [turnsOn, setTurnsOn] = useState(true);
  const [draft, setDraft] = useState<Answer<"get_flow_draft">["data"]["attributes"] | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [load] = useState(() => async () => {
    if (!(await flush())) throw new Error("What is on the screen is not saved yet: see above.");
    return (await fresh()).data.attributes;
  });
  useEffect(() => {
    load().then(setDraft, setError);
  }, [load]);
  const refused = (problem: Against) => {
    refuse([problem]);
    close();
  };
  const onPublish = async () => {
    setIsBusy(true);
    setError(null);
    try {
      if (turnsOn && idle.length > 0) {
        editor.run(turnedOn, idle, { words: "Turn the new steps on" });
        if (!(await flush())) throw new Error("What is on the screen could not be saved.");
      }
      await publish.mutateAsync();
      announce(isLive ? "The flow is published." : "The flow is ready. Turn it on when you like.");
      void navigate(`/flows/${id}`);
    } catch (problem) {
      const first = problem instanceof ApiProblem ? problem.faults[0] : undefined;
      if (first?.pointer) refused(first);
      else setError(problem as Error);
      setIsBusy(false);
    }
  };
  return (
    <Modal opened onClose={close} title={isLive ? "Publish what you changed?" : "Finish the flow?"} centered>
      <Stack gap="sm">
        {error && <Problem error={error} retry={() => load().then(setDraft, setError)} title="It can’t be done yet" />}
        {!draft && !error && <Skeleton height={80} />}
        {draft?.problem && (
          <Alert color="orange" icon={<IconAlertTriangle />} title="Something is still in the way">
            <Text size="sm">{draft.problem.detail}</Text>
            <Button mt="xs" size="xs" variant="default" onClick={() => draft.problem && refused(draft.problem)}>
              Show me where
            </Button>
          </Alert>
        )}
        {draft && !draft.problem && (
          <>
            <Warnings of={draft.warnings} />
            <Text size="sm">
              {whatComes(isLive, acting)}
              {gaps > 0 && ` ${gaps === 1 ? "One thing is" : `${gaps} things are`} still missing; a flow with that can’t be live.`}
            </Text>
            {draft.impact.length > 0 && (
              <List size="sm" spacing={4} aria-label="What happens to the people inside">
                {draft.impact.map(({ action_id, text }) => (
                  <List.Item key={`${action_id}${text}`}>{text}</List.Item>
                ))}
              </List>
            )}
            {isLive && draft.impact.length === 0 && (
              <Text size="sm" c="dimmed">
                Nobody who is inside now is moved by it.
              </Text>
            )}
            {idle.length > 0 && (
              <Checkbox
                label={idle.length === 1 ? "Turn the one step on that is a draft" : `Turn the ${idle.length} steps on that are drafts`}
                description="People pass a draft as if it were not there."
                checked={turnsOn}
                onChange={({ currentTarget }) => setTurnsOn(currentTarget.checked)}
              />
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button loading={isBusy} onClick={() => void onPublish()}>
                {isLive ? "Publish the flow" : "Finish the flow"}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}

function whatComes(isLive: boolean, acting: number): string {
  if (isLive) return "From then on people go through the flow as it is drawn here.";
  if (acting === 0) return "It becomes the flow’s definition. Nothing is sent before you turn the flow on.";
  const steps = acting === 1 ? "One of its steps is live or waits for reviews" : `${acting} of its steps are live or wait for reviews`;
  return `${steps}, and that turns the flow on: people enter it from then on. Set them to draft if nobody is to enter yet.`;
}

const turnedOn = (document: Document, keys: readonly Key[]): Change =>
  keys.reduce<Change>((change, key) => joined(change, setField(apply(document, change), { key, path: STATUS_PATH, value: "live" })), NOTHING);
