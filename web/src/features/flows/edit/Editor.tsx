import { ActionIcon, Badge, Button, Drawer, Group, Menu, Modal, Stack, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconDots } from "@tabler/icons-react";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Link } from "react-router";
import { History, Saved, useKeys } from "../../../editor/Bar";
import { setField } from "../../../editor/commands";
import { isSameContent } from "../../../editor/content";
import { EditorProvider, useEditorState } from "../../../editor/context";
import { replaced, within, type Key } from "../../../editor/document";
import { createEditor, type Editor as Engine } from "../../../editor/editor";
import { journalOf, type Journal, type Unsaved } from "../../../editor/journal";
import type { Outcome } from "../../../editor/outcome";
import { Troubles } from "../../../editor/Troubles";
import { Kept } from "../../../editor/Unsaved";
import { useSaving, type SavingControl } from "../../../editor/useSaving";
import type { People } from "../graph/FlowGraph";
import type { Content } from "../queries";
import { KINDS } from "../steps";
import { fieldAt, read, write } from "../tree";
import { asks, removeAt } from "./actions";
import { Canvas } from "./Canvas";
import classes from "./Editor.module.css";
import type { Refusal } from "./fields";
import { Inspector } from "./Inspector";
import { Outline } from "./Outline";
import { RehearsalContext, type Shown } from "./rehearsal";
import { RehearsedBar } from "./Rehearsed";
import { aroundIn, RootContext } from "./whole";
import { exitWords, gapsOf, nameIn, wordsOf } from "./words";

/** What the server says against a draft, by its place in the definition. */
export interface Against {
  readonly pointer: string | null;
  readonly detail: string;
}

interface EditorProps {
  opened: Content;
  version: string | null;
  /** of this account and flow, for the journal */
  journalName: string;
  send: (content: Content, version: string | null) => Promise<Outcome>;
  /** where the way back leads */
  back: string;
  /** people by the id of a step, where the flow has any */
  people: ReadonlyMap<string, People> | undefined;
  /** the last refusal of a publication */
  against: readonly Against[];
  /** in the bar: what is done with the whole draft; `flush` saves what is on the screen first */
  actions: (editing: { flush: () => Promise<boolean>; gaps: number }) => ReactNode;
  more: ReactNode;
}

/** Opens with what is on the server, and with what this browser kept where it was not saved. */
export function Editor(props: EditorProps) {
  const journal = useMemo(() => journalOf<Content>(props.journalName), [props.journalName]);
  // what it was when it was opened: another answer that comes meanwhile changes nothing of what is drawn
  const [opened] = useState(props.opened);
  const [round, setRound] = useState<{ number: number; kept: Unsaved<Content> | null }>({ number: 0, kept: null });
  return (
    <Kept
      journal={journal}
      isSaved={(content) => isSameContent(content, opened)}
      take={(kept) => setRound(({ number }) => ({ number: number + 1, kept }))}
    >
      <Opened key={round.number} {...props} opened={opened} journal={journal} kept={round.kept?.content ?? null} version={round.kept ? round.kept.version : props.version} />
    </Kept>
  );
}

function Opened({ journal, kept, opened, ...props }: EditorProps & { journal: Journal<Content>; kept: Content | null }) {
  const [{ engine, root }] = useState(() => {
    const tree = read(opened.name, opened.definition);
    return { engine: createEditor(tree.document), root: tree.root };
  });
  const saving = useSaving<Content>({
    editor: engine,
    version: props.version,
    contentOf: (document) => {
      const { name, definition } = write(document, root);
      return { name, definition };
    },
    send: props.send,
    journal,
  });
  const [shown, show] = useState<Shown | null>(null);
  const stage = useMemo(() => ({ shown, show }), [shown]);
  useEffect(() => {
    // after saving listens: what the browser kept is a change of what the server has
    if (kept === null) return;
    const tree = read(kept.name, kept.definition);
    const change = replaced(engine.store.getState().document, root, tree.document, tree.root);
    engine.run(() => change, null, { words: "Continue with kept changes" });
  }, [engine, root, kept]);
  return (
    <EditorProvider value={engine}>
      <RootContext value={root}>
        <RehearsalContext value={stage}>
          <Frame {...props} engine={engine} root={root} saving={saving} />
        </RehearsalContext>
      </RootContext>
    </EditorProvider>
  );
}

interface FrameProps extends Pick<EditorProps, "back" | "people" | "against" | "actions" | "more"> {
  engine: Engine;
  root: Key;
  saving: SavingControl;
}

function Frame({ engine, root, saving, back, people, against, actions, more }: FrameProps) {
  const name = useEditorState(({ document }) => nameIn(document, root));
  const trigger = useEditorState(({ document }) => aroundIn(document, root).trigger);
  const gaps = useEditorState(({ document }) => within(document, root).reduce((sum, key) => sum + gapsOf(document, key).length, 0));
  const types = useMemo(() => Object.keys(KINDS).filter((type) => isOffered(type, trigger)), [trigger]);
  const isPhone = useMediaQuery("(max-width: 40em)", false, { getInitialValueInEffect: false });
  const isNarrow = useMediaQuery("(max-width: 64em)", false, { getInitialValueInEffect: false });
  const [isInspected, setIsInspected] = useState(false);
  const [asked, setAsked] = useState<Key | null>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const inspector = useRef<HTMLDivElement>(null);
  useDocumentTitle(`${name} · Rapport`);
  useKeys(engine, saving.flush);
  const inspect = useCallback(() => {
    setIsInspected(true);
    // the drawer has its own focus
    setTimeout(() => inspector.current?.querySelector<HTMLElement>("input, textarea, button:not([aria-haspopup])")?.focus());
  }, []);
  const refusals = useAgainst(engine, root, against, saving);
  const fields = <Inspector root={root} ref={inspector} refusals={refusals} types={types} />;
  return (
    <div className={classes.frame} onKeyDown={(event) => event.key === "Escape" && !isNarrow && inspector.current?.contains(event.target as Node) && canvas.current?.focus()}>
      <header className={classes.bar}>
        <Group gap="xs" wrap="nowrap" className={classes.title}>
          <ActionIcon component={Link} to={back} variant="subtle" color="gray" aria-label="Back to the flow">
            <IconChevronLeft size={18} />
          </ActionIcon>
          <h1 tabIndex={-1} className={classes.heading}>
            <VisuallyHidden>{name || "Flow"}</VisuallyHidden>
          </h1>
          <TextInput
            aria-label="Name of the flow"
            value={name}
            variant="unstyled"
            className={classes.name}
            onChange={({ currentTarget }) => engine.run(setField, { key: root, path: ["name"], value: currentTarget.value }, { words: "Rename", merge: "name" })}
          />
        </Group>
        <Group gap={6} wrap="nowrap">
          {gaps > 0 && (
            <Badge color="orange" variant="light" tt="none">
              {gaps === 1 ? "One thing is missing" : `${gaps} things are missing`}
            </Badge>
          )}
          <Saved state={saving.state} onSave={() => void saving.flush()} />
          <History engine={engine} />
          {actions({ flush: saving.flush, gaps })}
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size={30} aria-label="More">
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>{more}</Menu.Dropdown>
          </Menu>
        </Group>
      </header>
      <Troubles thing="flow" saving={saving} />
      <RehearsedBar />
      <div className={classes.body}>
        <aside className={classes.side} aria-label="Outline of the flow">
          <Outline root={root} onEnter={inspect} ask={setAsked} />
          {isNarrow && (
            <Button size="xs" variant="default" onClick={inspect}>
              Settings of what is selected
            </Button>
          )}
        </aside>
        {!isPhone && <Canvas root={root} ref={canvas} onEnter={inspect} ask={setAsked} types={types} people={people} />}
        {isNarrow ? (
          <Drawer opened={isInspected} onClose={() => setIsInspected(false)} position="right" size="sm" title="Settings">
            {fields}
          </Drawer>
        ) : (
          <aside className={classes.fields} aria-label="Settings">
            {fields}
          </aside>
        )}
      </div>
      <WhichStays engine={engine} of={asked} close={() => setAsked(null)} />
    </div>
  );
}

function isOffered(type: string, trigger: string): boolean {
  const offered = KINDS[type]?.offered ?? false;
  return typeof offered === "boolean" ? offered : offered({ trigger });
}

/** A split is deleted: one says which of its ways stays. */
function WhichStays({ engine, of, close }: { engine: Engine; of: Key | null; close: () => void }) {
  const document = useEditorState((state) => state.document);
  if (of === null || !document.has(of) || !asks(document, of)) return null;
  const remove = (keep?: Key) => {
    removeAt(engine, of, keep);
    close();
  };
  return (
    <Modal opened onClose={close} title={`Delete “${wordsOf(document, of)}”?`} centered>
      <Stack gap="sm">
        <Text size="sm">Which of its ways stays?</Text>
        {document.get(of)?.children.map((exit) => (
          <Button key={exit} variant="default" onClick={() => remove(exit)}>
            Keep “{exitWords(document, exit)}”
          </Button>
        ))}
        <Button color="red" variant="light" onClick={() => remove()}>
          Delete all of its steps
        </Button>
      </Stack>
    </Modal>
  );
}

const NONE: readonly Against[] = [];

/** What was refused of the node that is selected; the first refused one is selected by itself. */
function useAgainst(engine: Engine, root: Key, against: readonly Against[], saving: SavingControl): readonly Refusal[] {
  const selected = useEditorState((state) => state.selected);
  const problems = saving.state === "refused" ? saving.problems : against.length > 0 ? against : NONE;
  const placed = useMemo(() => {
    if (problems.length === 0) return [];
    const written = write(engine.store.getState().document, root);
    const ofDefinition = problems.filter(({ pointer }) => pointer !== "/data/attributes/name");
    return ofDefinition.map(({ detail, pointer }) => ({ detail, ...(fieldAt(written, (pointer ?? "").replace(/^\/data\/attributes\/definition/, "")) ?? { key: root, path: [] }) }));
  }, [engine, root, problems]);
  useEffect(() => {
    const [first] = placed;
    if (first) engine.select(first.key);
  }, [engine, placed]);
  return useMemo(() => placed.filter(({ key }) => key === (selected ?? root)), [placed, selected, root]);
}
