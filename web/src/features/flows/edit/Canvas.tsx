import { useMemo, type RefObject } from "react";
import { useEditor, useEditorState, useSelected } from "../../../editor/context";
import { within, type Document, type Key } from "../../../editor/document";
import FlowGraph, { TRIGGER, type Editing, type People } from "../graph/FlowGraph";
import { addAt, press } from "./actions";
import { drawnOf, placeOn } from "./drawn";
import classes from "./Editor.module.css";
import { numbersOn, useRehearsal, waysTaken } from "./rehearsal";
import { gapsOf } from "./words";
import { isStep } from "../tree";

interface CanvasProps {
  root: Key;
  ref: RefObject<HTMLDivElement | null>;
  onEnter: () => void;
  ask: (key: Key) => void;
  types: readonly string[];
  people: ReadonlyMap<string, People> | undefined;
}

/** The flow as a drawing. One stop for the tab key: arrows go from step to step. */
export function Canvas({ root, ref, onEnter, ask, types, people }: CanvasProps) {
  const editor = useEditor();
  const document = useEditorState((state) => state.document);
  const selected = useSelected();
  const definition = useMemo(() => drawnOf(document, root), [document, root]);
  const editing = useMemo(
    (): Editing => ({
      selected: selected === root || selected === null ? TRIGGER : cardOf(document, selected),
      select: (id) => editor.select(id === TRIGGER ? root : id),
      add: (from, way, type) => {
        const place = placeOn(editor.store.getState().document, root, from === TRIGGER ? null : from, way);
        if (place) addAt(editor, place.into, place.at, type);
      },
      types,
      gaps: gapCounts(document, root),
    }),
    [document, editor, root, selected, types],
  );
  const { shown } = useRehearsal();
  const byKey = useMemo(() => (shown ? numbersOn(document, shown.result) : keyed(document, people)), [document, people, shown]);
  const taken = useMemo(() => (shown ? waysTaken(document, shown.result) : undefined), [document, shown]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Enter") {
      event.preventDefault();
      onEnter();
    } else if (press(editor, root, event, ask)) event.preventDefault();
  };
  return (
    <div
      ref={ref}
      className={classes.canvas}
      role="application"
      aria-label="Canvas. Arrows go from step to step, Enter leads to its settings, Alt and arrows move."
      aria-activedescendant={`on-canvas-${editing.selected ?? TRIGGER}`}
      tabIndex={0}
      data-autofocus
      onKeyDown={onKeyDown}
    >
      <FlowGraph definition={definition} editing={editing} people={byKey} taken={taken} />
    </div>
  );
}

/** The card that stands for a node: its own, or that of the split it is a way of. */
function cardOf(document: Document, key: Key): Key | null {
  for (let at: Key | null = key; at !== null; at = document.get(at)?.parent ?? null) {
    const node = document.get(at);
    if (node && isStep(node)) return at;
  }
  return null;
}

function gapCounts(document: Document, root: Key): ReadonlyMap<string, number> {
  const counts = within(document, root).map((key) => [key === root ? TRIGGER : key, gapsOf(document, key).length] as const);
  return new Map(counts.filter(([, number]) => number > 0));
}

/** The numbers of steps that the flow has, by their keys. */
function keyed(document: Document, people: ReadonlyMap<string, People> | undefined): ReadonlyMap<string, People> | undefined {
  if (people === undefined || people.size === 0) return undefined;
  return new Map([...document].flatMap(([key, node]) => {
    const counted = isStep(node) ? people.get(String((node.data as { id?: unknown }).id)) : undefined;
    return counted ? [[key, counted] as const] : [];
  }));
}
