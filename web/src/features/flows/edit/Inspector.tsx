import { ActionIcon, Button, Checkbox, Group, Menu, NumberInput, Select, Stack, Text, Title } from "@mantine/core";
import { IconArrowsMove, IconCopy, IconDots, IconPlus, IconTrash } from "@tabler/icons-react";
import { useEffect, type RefObject } from "react";
import { useEditor, useEditorState, useNode, useSelected } from "../../../editor/context";
import { nodeOf, type Key } from "../../../editor/document";
import { setField } from "../../../editor/commands";
import { kindOf } from "../steps";
import { TRIGGER, TRIGGERS, triggerOf } from "../triggers";
import { EXIT, FLOW, isStep } from "../tree";
import { ACTIONS, addAt, asks, below, copyTo, moveTo, removeAt } from "./actions";
import classes from "./Editor.module.css";
import { FilterField } from "./FilterField";
import { RefusalsContext, useField, type Refusal } from "./fields";
import { goesOn, pathsFor, toggleEnd } from "./moves";
import { RehearsedStep } from "./Rehearsed";
import { StepChoices } from "./StepChoices";
import { useTrigger } from "./whole";
import { exitWords, gapsOf, labelOf, pathWords, wordsOf } from "./words";

interface InspectorProps {
  root: Key;
  ref: RefObject<HTMLDivElement | null>;
  /** what the server says of what is selected */
  refusals: readonly Refusal[];
  types: readonly string[];
}

/** The fields of what is selected; of nothing, those of the trigger. */
export function Inspector({ root, ref, refusals, types }: InspectorProps) {
  const key = useSelected() ?? root;
  const node = useNode(key);
  // another step is read from its top
  useEffect(() => {
    if (ref.current?.parentElement) ref.current.parentElement.scrollTop = 0;
  }, [ref, key]);
  const words = useEditorState(({ document }) => (document.has(key) ? wordsOf(document, key) : ""));
  if (!node) return null;
  const label = labelOf(node);
  return (
    <div ref={ref} className={classes.inspector}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2} size="h5">
          {label}
        </Title>
        {isStep(node) && <StepMenu root={root} of={key} />}
      </Group>
      {words !== label && node.kind !== FLOW && (
        <Text size="xs" c="dimmed" lineClamp={2}>
          {words}
        </Text>
      )}
      {refusals.map(({ detail }) => (
        <Text key={detail} size="sm" c="red" role="alert">
          {detail}
        </Text>
      ))}
      <Gaps of={key} />
      <RehearsedStep of={key} />
      <RefusalsContext value={refusals}>
        <Stack gap="md" key={key}>
          {node.kind === FLOW && <Whole of={key} />}
          {node.kind === EXIT && <Exit of={key} />}
          {isStep(node) && <StepFields of={key} kind={node.kind} />}
        </Stack>
      </RefusalsContext>
      <AddBelow of={key} types={types} />
    </div>
  );
}

function StepFields({ of, kind }: { of: Key; kind: string }) {
  const { Fields } = kindOf(kind);
  return <Fields of={of} />;
}

function Gaps({ of }: { of: Key }) {
  const document = useEditorState((state) => state.document);
  const gaps = gapsOf(document, of);
  if (gaps.length === 0) return null;
  return (
    <Stack gap={2}>
      {gaps.map(({ words }) => (
        <Text key={words} size="sm" className={classes.gap}>
          {words}
        </Text>
      ))}
    </Stack>
  );
}

function AddBelow({ of, types }: { of: Key; types: readonly string[] }) {
  const editor = useEditor();
  const document = useEditorState((state) => state.document);
  const place = document.has(of) ? below(document, of) : null;
  if (place === null) return null;
  return (
    <Menu position="bottom-start" shadow="md">
      <Menu.Target>
        <Button size="xs" variant="light" leftSection={<IconPlus size={14} />} style={{ justifySelf: "start" }}>
          Add a step below
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
        <StepChoices types={types} choose={(type) => addAt(editor, place.into, place.at, type)} />
      </Menu.Dropdown>
    </Menu>
  );
}

function StepMenu({ root, of }: { root: Key; of: Key }) {
  const editor = useEditor();
  const document = useEditorState((state) => state.document);
  if (!document.has(of)) return null;
  const paths = pathsFor(document, root, of);
  const node = nodeOf(document, of);
  return (
    <Menu position="bottom-end" shadow="md" width={320}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="What can be done with it">
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={380} style={{ overflowY: "auto" }}>
        {ACTIONS.filter(({ may }) => may(document, of)).map(({ id, words, icon: Icon, keys, grave, run }) => (
          <Menu.Item key={id} leftSection={<Icon size={16} />} rightSection={<Text size="xs" c="dimmed">{keys}</Text>} {...(grave ? { c: "red" } : {})} onClick={() => run(editor, of)}>
            {words}
          </Menu.Item>
        ))}
        {asks(document, of) && <Menu.Label>Delete it, and keep</Menu.Label>}
        {asks(document, of) &&
          node.children.map((exit) => (
            <Menu.Item key={exit} c="red" leftSection={<IconTrash size={16} />} onClick={() => removeAt(editor, of, exit)}>
              {exitWords(document, exit)}
            </Menu.Item>
          ))}
        {asks(document, of) && (
          <Menu.Item c="red" leftSection={<IconTrash size={16} />} onClick={() => removeAt(editor, of)}>
            none of its steps
          </Menu.Item>
        )}
        {paths.length > 0 && <Menu.Label>Move to the end of</Menu.Label>}
        {paths.map((into) => (
          <Menu.Item key={`to ${into}`} leftSection={<IconArrowsMove size={16} />} onClick={() => moveTo(editor, of, into)}>
            {pathWords(document, into)}
          </Menu.Item>
        ))}
        {paths.length > 0 && <Menu.Label>Copy to the end of</Menu.Label>}
        {paths.map((into) => (
          <Menu.Item key={`copy ${into}`} leftSection={<IconCopy size={16} />} onClick={() => copyTo(editor, of, into)}>
            {pathWords(document, into)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const AGAIN = [
  ["always", "Any number of times"],
  ["never", "Once only"],
  ["hour", "Again after hours"],
  ["day", "Again after days"],
  ["week", "Again after weeks"],
] as const;

/** How the flow begins, whom it is for, and how often somebody can go through it. */
function Whole({ of }: { of: Key }) {
  const editor = useEditor();
  const trigger = useTrigger();
  const { Fields } = triggerOf(trigger);
  return (
    <>
      <Select
        label="The flow begins"
        data={Object.entries(TRIGGERS).map(([value, { label }]) => ({ value, label }))}
        value={String(trigger.type ?? "")}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        onChange={(type) => type && TRIGGERS[type] && editor.run(setField, { key: of, path: TRIGGER, value: TRIGGERS[type].start() }, { words: "Change trigger" })}
      />
      <Fields of={of} />
      <FilterField of={of} path={["definition", "profile_filter"]} label="Only for" about="flow" empty="Everybody." hint="Judged at the beginning and again before every step." />
      <Again of={of} />
    </>
  );
}

function Again({ of }: { of: Key }) {
  const [value, set] = useField({ of, path: ["definition", "reentry_criteria"], label: "How often" });
  const rule = value as { duration: number; unit: string } | null | undefined;
  const way = !rule ? "always" : rule.unit === "alltime" ? (rule.duration === 1 ? "never" : "always") : rule.unit;
  return (
    <Group gap="xs" align="end" grow>
      <Select
        label="The same person"
        data={AGAIN.map(([each, label]) => ({ value: each, label }))}
        value={way}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        onChange={(next) => next && set(next === "always" ? { duration: 0, unit: "alltime" } : next === "never" ? { duration: 1, unit: "alltime" } : { duration: rule && rule.unit !== "alltime" ? rule.duration : 7, unit: next })}
      />
      {rule && rule.unit !== "alltime" && (
        <NumberInput aria-label="How many" min={1} max={3650} allowDecimal={false} value={rule.duration} onChange={(next) => typeof next === "number" && next > 0 && set({ ...rule, duration: next })} />
      )}
    </Group>
  );
}

/** What becomes of those who reach the end of a way. */
function Exit({ of }: { of: Key }) {
  const editor = useEditor();
  const document = useEditorState((state) => state.document);
  const stops = document.get(document.get(of)?.children.at(-1) ?? "")?.kind === "end";
  if (!stops && !goesOn(document, of)) return null;
  return (
    <Checkbox
      label="This way ends here"
      description="Instead of going on with the steps below the split."
      checked={stops}
      onChange={({ currentTarget: { checked } }) => editor.run((now) => toggleEnd(now, of, checked), null, { words: checked ? "End the way" : "Let the way go on" })}
    />
  );
}

