import { Alert, Anchor, Badge, Button, CloseButton, Group, List, Modal, Paper, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useEditorState } from "../../../editor/context";
import { nodeOf, type Document, type Key } from "../../../editor/document";
import { count, exact } from "../../../ui/format";
import { asSeen } from "../../messages";
import { FLOW, isSplit, write, type Exit } from "../tree";
import { acts, sends, stepOf, useRehearsal, wayOf, type Example, type Result, type Step } from "./rehearsal";
import { useRoot } from "./whole";
import { exitWords } from "./words";

/** Over the drawing: what the numbers on it are, and until when they hold. */
export function RehearsedBar() {
  const root = useRoot();
  const { shown, show } = useRehearsal();
  const document = useEditorState((state) => state.document);
  if (shown === null) return null;
  const { result, days } = shown;
  const isOld = JSON.stringify(write(document, root).definition) !== shown.drawn;
  return (
    <Paper withBorder p="xs" radius="md" role="region" aria-label="Rehearsal">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm">
          <b>Rehearsed over {days} days.</b> {count(result.considered)} came by, {count(result.entered)} entered, {count(result.completed)} went through, {count(result.inside)} still inside. Select a step to see more.
          {isOld && (
            <Text span c="orange.8" size="sm" fw={600}>
              {" "}
              You have changed the flow since: rehearse it again.
            </Text>
          )}
        </Text>
        <CloseButton aria-label="Take the rehearsal off the drawing" size="sm" onClick={() => show(null)} />
      </Group>
    </Paper>
  );
}

/** Beside the drawing: what would have come of the selected step. */
export function RehearsedStep({ of }: { of: Key }) {
  const { shown } = useRehearsal();
  const document = useEditorState((state) => state.document);
  const node = document.get(of);
  if (shown === null || node === undefined) return null;
  const step = stepOf(document, of, shown.result);
  const isWhole = node.kind === FLOW;
  if (step === undefined && !isWhole) return null;
  const caveats = shown.result.caveats.filter(({ action_id }) => action_id === (step?.action_id ?? null));
  return (
    <Paper withBorder p="sm" radius="md" role="region" aria-label="What would have come of it">
      <Stack gap="xs">
        <Text size="sm" fw={650}>
          In {shown.days} days
        </Text>
        {step ? <Figures of={step} at={of} document={document} /> : <Entered of={shown.result} />}
        {step && <Examples of={step.people} words={(outcome) => outcomeWords(document, of, outcome)} />}
        {!step && <Examples of={shown.result.not_entered_people} words={reasonWords} />}
        {caveats.length > 0 && (
          <Alert color="gray" p="xs" title={<Text size="xs">What the past can’t tell</Text>}>
            <List size="xs" spacing={4}>
              {caveats.map(({ text }) => (
                <List.Item key={text}>{text}</List.Item>
              ))}
            </List>
          </Alert>
        )}
      </Stack>
    </Paper>
  );
}

function Entered({ of }: { of: Result }) {
  return (
    <>
      <Lines
        rows={[
          ["Could have started it", of.considered],
          ["Entered", of.entered],
          ...Object.entries(of.not_entered).map(([reason, number]) => [`Not: ${reasonWords(reason)}`, number] as const),
        ]}
      />
      {of.impact.length > 0 && (
        <List size="sm" spacing={4} aria-label="What publishing does to the people inside now">
          {of.impact.map(({ text }) => (
            <List.Item key={text}>{text}</List.Item>
          ))}
        </List>
      )}
    </>
  );
}

function Figures({ of, at, document }: { of: Step; at: Key; document: Document }) {
  const ways = isSplit(of.type) ? nodeOf(document, at).children.map((exit) => [exitWords(document, exit), of.ways[wayOf(nodeOf(document, exit).data as Exit)] ?? 0] as const) : [];
  return (
    <Lines
      rows={[
        ["Came here", of.entered],
        ...ways,
        ...(of.waiting > 0 ? ([["Still waiting", of.waiting]] as const) : []),
        ...(acts(of) ? ([[sends(of) ? "Would have had it" : "Done", of.done]] as const) : []),
        ...(of.queued > 0 ? ([["Due later", of.queued]] as const) : []),
        ...(of.for_review > 0 ? ([["Would wait for a review", of.for_review]] as const) : []),
        ...Object.entries(of.skipped).map(([reason, number]) => [`Not: ${reasonWords(reason)}`, number] as const),
      ]}
    />
  );
}

function Lines({ rows }: { rows: readonly (readonly [string, number])[] }) {
  return (
    <Stack gap={2}>
      {rows.map(([label, number]) => (
        <Group key={label} justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm">{label}</Text>
          <Text size="sm" fw={600}>
            {count(number)}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}

function Examples({ of, words }: { of: readonly Example[]; words: (outcome: string) => string }) {
  const [opened, setOpened] = useState<Example | null>(null);
  if (of.length === 0) return null;
  return (
    <>
      <Text size="xs" c="dimmed">
        For example
      </Text>
      {of.map((each) => (
        <div key={`${each.profile_id ?? ""}${each.at}${each.outcome}`}>
          <Group gap={6} justify="space-between" wrap="nowrap">
            {each.profile_id ? (
              <Anchor component={Link} to={`/profiles/${each.profile_id}`} size="sm" target="_blank" style={{ overflowWrap: "anywhere" }}>
                {each.profile_name ?? "Nobody known"}
              </Anchor>
            ) : (
              <Text size="sm">{each.profile_name ?? "Somebody"}</Text>
            )}
            <Badge variant="light" color={each.outcome === "sent" || each.outcome === "done" ? "teal" : "gray"} tt="none" size="sm">
              {words(each.outcome)}
            </Badge>
          </Group>
          <Group gap={8}>
            <Text size="xs" c="dimmed">
              {exact(each.at)}
            </Text>
            {each.html && (
              <Button variant="subtle" size="compact-xs" onClick={() => setOpened(each)} aria-label={`See the e-mail of ${each.profile_name ?? "this person"}`}>
                See the e-mail
              </Button>
            )}
          </Group>
        </div>
      ))}
      {opened && (
        <Modal opened onClose={() => setOpened(null)} title={opened.subject ?? "E-mail"} size="xl" centered>
          <iframe title="The e-mail" sandbox="" srcDoc={asSeen(opened.html ?? "")} style={{ border: 0, width: "100%", height: "70vh", background: "#fff" }} />
        </Modal>
      )}
    </>
  );
}

const REASONS: Record<string, string> = {
  "Trigger Filter": "trigger filter",
  "Re-entry Criteria": "had been in it",
  "Fails Flow Filters": "filter of the flow",
  "Fails Additional Filters": "filter of the message",
  "Smart Sending": "smart sending",
  "Person Suppressed": "unsubscribed or barred",
};

const reasonWords = (reason: string): string => REASONS[reason] ?? reason;

const OUTCOMES: Record<string, string> = { sent: "Sent", done: "Done", waiting: "Waiting", queued: "Due later", "for review": "For review", "no way": "No way" };

function outcomeWords(document: Document, at: Key, outcome: string): string {
  const exit = nodeOf(document, at).children.find((child) => wayOf(nodeOf(document, child).data as Exit) === outcome);
  return exit === undefined ? (OUTCOMES[outcome] ?? reasonWords(outcome)) : exitWords(document, exit);
}
