import { ActionIcon, Button, Drawer, Group, Menu, SegmentedControl, TextInput, VisuallyHidden } from "@mantine/core";
import { useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconDots, IconEye } from "@tabler/icons-react";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Link } from "react-router";
import { History, Saved, useKeys } from "../../../editor/Bar";
import { setField } from "../../../editor/commands";
import { EditorProvider, useEditorState } from "../../../editor/context";
import { isSameContent } from "../../../editor/content";
import { createEditor, type Editor as Engine } from "../../../editor/editor";
import { journalOf, type Journal, type Unsaved } from "../../../editor/journal";
import { replaced, type Key } from "../../../editor/document";
import type { Outcome } from "../../../editor/outcome";
import { Troubles } from "../../../editor/Troubles";
import { Kept } from "../../../editor/Unsaved";
import { useSaving, type SavingControl } from "../../../editor/useSaving";
import { gapsOf } from "../frames";
import { keyAt, order, read, write, type Whole, type Wire, type Written } from "../tree";
import { Canvas } from "./Canvas";
import { useDrops } from "./drag";
import classes from "./Editor.module.css";
import { Inspector } from "./Inspector";
import { Outline } from "./Outline";
import { Palette } from "./Palette";
import { useBack } from "../back";
import { Preview } from "./Preview";

export interface Content {
  readonly name: string;
  readonly definition: Wire;
}

interface EditorProps {
  opened: Content;
  version: string | null;
  /** of this account and template, for the journal */
  journalName: string;
  send: (content: Content, version: string | null) => Promise<Outcome>;
  /** in the menu: what can be done to the whole template */
  more: ReactNode;
  saveCopy: (content: Content) => void;
  scope?: Scope;
  /** where the whole is shared, it is saved when somebody says so: by a button of these words */
  saveWords?: string;
  /** where the arrow leads; for a template, to where one came from */
  back?: [to: string, words: string];
}

/** What is edited: a template, or universal content, which is one section or one block. */
export type Scope = "template" | "section" | "block";

/** Opens with what is on the server, and with what this browser kept where it was not saved. */
export function Editor(props: EditorProps) {
  const journal = useMemo(() => journalOf<Content>(props.journalName), [props.journalName]);
  // what it was when it was opened: another answer that comes meanwhile changes nothing of what is written
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
    byHand: props.saveWords !== undefined,
  });
  useEffect(() => {
    // after saving listens: what the browser kept is a change of what the server has
    if (kept === null) return;
    const tree = read(kept.name, kept.definition);
    const change = replaced(engine.store.getState().document, root, tree.document, tree.root);
    engine.run(() => change, null, { words: "Continue with kept changes" });
  }, [engine, root, kept]);
  return (
    <EditorProvider value={engine}>
      <Frame {...props} engine={engine} root={root} saving={saving} />
    </EditorProvider>
  );
}

interface FrameProps {
  engine: Engine;
  root: Key;
  saving: SavingControl;
  more: ReactNode;
  saveCopy: (content: Content) => void;
  scope?: Scope;
  saveWords?: string;
  back?: [to: string, words: string];
}

type Side = "add" | "outline";

function Frame({ engine, root, saving, more, saveCopy, scope = "template", saveWords = "Save", back: given }: FrameProps) {
  const name = useEditorState(({ document }) => (document.get(root)?.data as Whole).name);
  const own = useBack();
  const back = given ?? own;
  const [writing, setWriting] = useState<Key | null>(null);
  const isPhone = useMediaQuery("(max-width: 40em)", false, { getInitialValueInEffect: false });
  // without a canvas the outline is where one looks
  const [side, setSide] = useState<Side>(isPhone ? "outline" : "add");
  const [isPreviewed, setIsPreviewed] = useState(false);
  const [isInspected, setIsInspected] = useState(false);
  const isNarrow = useMediaQuery("(max-width: 64em)", false, { getInitialValueInEffect: false });
  const canvas = useRef<HTMLDivElement>(null);
  const inspector = useRef<HTMLDivElement>(null);
  useDocumentTitle(`${name} · Rapport`);
  useDrops(engine, canvas);
  useKeys(engine, saving.flush);
  const inspect = useCallback(() => {
    setIsInspected(true);
    // the drawer has its own focus
    setTimeout(() => inspector.current?.querySelector<HTMLElement>("input, textarea, button:not([aria-haspopup])")?.focus());
  }, []);
  const preview = () => {
    if (saveWords === "Save") void saving.flush();
    setIsPreviewed(true);
  };
  const refusals = useRefusals(engine, root, saving);
  const onWrite = (key: Key) => {
    setIsInspected(false);
    setWriting(key);
  };
  const fields = <Inspector root={root} scope={scope} ref={inspector} refusals={refusals} onWrite={isPhone ? undefined : onWrite} />;
  return (
    <div className={classes.frame} onKeyDown={(event) => event.key === "Escape" && !isNarrow && inspector.current?.contains(event.target as Node) && canvas.current?.focus()}>
      <header className={classes.bar}>
        <Group gap="xs" wrap="nowrap" className={classes.title}>
          <ActionIcon component={Link} to={back[0]} variant="subtle" color="gray" aria-label={back[1]}>
            <IconChevronLeft size={18} />
          </ActionIcon>
          <h1 tabIndex={-1} className={classes.heading}>
            <VisuallyHidden>{name || "Template"}</VisuallyHidden>
          </h1>
          <TextInput
            aria-label={scope === "template" ? "Name of the template" : "Name of the universal content"}
            value={name}
            variant="unstyled"
            className={classes.name}
            onChange={({ currentTarget }) => engine.run(setField, { key: root, path: ["name"], value: currentTarget.value }, { words: "Rename", merge: "name" })}
          />
        </Group>
        <Group gap={6} wrap="nowrap">
          <Saved state={saving.state} words={saveWords} onSave={() => void saving.flush()} />
          <History engine={engine} />
          <Button size="xs" variant="default" leftSection={<IconEye size={15} />} onClick={preview}>
            Preview
          </Button>
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
      <Troubles saving={saving} thing={scope === "template" ? "template" : "universal content"} copy={() => saveCopy(write(engine.store.getState().document, root))} />
      <div className={classes.body}>
        <aside className={classes.side} aria-label="Blocks and outline">
          <SegmentedControl fullWidth size="xs" aria-label="What to show" value={side} onChange={(value) => setSide(value as Side)} data={[{ value: "add", label: "Add" }, { value: "outline", label: "Outline" }]} />
          {side === "add" ? <Palette root={root} scope={scope} onAdded={isPhone ? () => setSide("outline") : undefined} /> : <Outline root={root} onEnter={inspect} />}
          {isNarrow && (
            <Button size="xs" variant="default" onClick={inspect}>
              Settings of what is selected
            </Button>
          )}
        </aside>
        {!isPhone && <Canvas root={root} ref={canvas} writing={writing} setWriting={setWriting} onEnter={inspect} />}
        {isNarrow ? (
          <Drawer opened={isInspected} onClose={() => setIsInspected(false)} position="right" size="sm" title="Settings">
            {fields}
          </Drawer>
        ) : (
          <aside className={classes.fields} aria-label="Settings">{fields}</aside>
        )}
      </div>
      {isPreviewed && <Preview source={{ definition: write(engine.store.getState().document, root).definition }} name={name} close={() => setIsPreviewed(false)} gaps={gapsOf(engine.store.getState().document, order(engine.store.getState().document, root))} onGap={(key) => { engine.select(key); setIsPreviewed(false); }} />}
    </div>
  );
}

/** What the server refused of the node that is selected; the first refused one is selected by itself. */
const NOTHING_REFUSED: SavingControl["problems"] = [];

function useRefusals(engine: Engine, root: Key, saving: SavingControl): readonly string[] {
  const selected = useEditorState((state) => state.selected);
  // what was refused, as long as it is on the screen
  const problems = saving.state === "refused" ? saving.problems : NOTHING_REFUSED;
  const placed = useMemo(() => {
    if (problems.length === 0) return [];
    const written: Written = write(engine.store.getState().document, root);
    return problems.map(({ detail, pointer }) => ({ detail, key: keyAt(written, (pointer ?? "").replace(/^\/data\/attributes\/definition/, "")) ?? root }));
  }, [engine, root, problems]);
  useEffect(() => {
    const [first] = placed;
    if (first) engine.select(first.key);
  }, [engine, placed]);
  return placed.filter(({ key }) => key === (selected ?? root)).map(({ detail }) => detail);
}
