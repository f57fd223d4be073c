/** What can be done to the selected step, for menus, keys and buttons alike. */

import { IconArrowDown, IconArrowUp, IconCopy, IconTrash, type Icon } from "@tabler/icons-react";
import { newKey, nodeOf, within, type Document, type Key } from "../../../editor/document";
import type { Editor } from "../../../editor/editor";
import { announce } from "../../../ui/announce";
import { isSplit, isStep } from "../tree";
import { cloneStep, insertStep, moveStep, removeStep, room, step } from "./moves";
import { kindOf } from "../steps";
import { exitWords, labelOf, pathWords, wordsOf } from "./words";

export interface Action {
  readonly id: string;
  readonly words: string;
  readonly icon: Icon;
  readonly keys: string;
  readonly grave?: boolean;
  readonly may: (document: Document, key: Key) => boolean;
  readonly run: (editor: Editor, key: Key) => void;
}

const documentOf = (editor: Editor) => editor.store.getState().document;
const isOne = (document: Document, key: Key) => document.has(key) && isStep(nodeOf(document, key));

function shift(editor: Editor, key: Key, by: -1 | 1): void {
  const place = step(documentOf(editor), key, by);
  if (place === null) return;
  const label = labelOf(nodeOf(documentOf(editor), key));
  editor.run(moveStep, { key, ...place }, { words: `Move ${label.toLowerCase()}`, select: key });
  const { parent } = nodeOf(documentOf(editor), key);
  const beside = nodeOf(documentOf(editor), parent as Key).children;
  announce(`${label} moved ${by === 1 ? "down" : "up"}: ${beside.indexOf(key) + 1} of ${room(documentOf(editor), parent as Key)}.`);
}

/** What is nearest once it is gone. */
function neighbour(document: Document, key: Key): Key | null {
  const { parent } = nodeOf(document, key);
  if (parent === null) return null;
  const beside = nodeOf(document, parent).children;
  const at = beside.indexOf(key);
  const next = beside[at + 1];
  return next !== undefined && isOne(document, next) ? next : (beside[at - 1] ?? parent);
}

export function removeAt(editor: Editor, key: Key, keep?: Key): void {
  const document = documentOf(editor);
  const label = labelOf(nodeOf(document, key));
  editor.run(removeStep, { key, keep }, { words: `Delete ${label.toLowerCase()}`, select: neighbour(document, key) });
  announce(`${label} deleted${keep === undefined ? "" : `; “${exitWords(document, keep)}” stays`}. Undo brings it back.`);
}

export const ACTIONS: readonly Action[] = [
  { id: "up", words: "Move up", icon: IconArrowUp, keys: "Alt+↑", may: (document, key) => isOne(document, key) && step(document, key, -1) !== null, run: (editor, key) => shift(editor, key, -1) },
  { id: "down", words: "Move down", icon: IconArrowDown, keys: "Alt+↓", may: (document, key) => isOne(document, key) && step(document, key, 1) !== null, run: (editor, key) => shift(editor, key, 1) },
  {
    id: "duplicate", words: "Duplicate", icon: IconCopy, keys: "Ctrl+D", may: isOne,
    run: (editor, key) => {
      const copy = newKey();
      const label = labelOf(nodeOf(documentOf(editor), key));
      editor.run(cloneStep, { key, copy }, { words: `Duplicate ${label.toLowerCase()}`, select: copy });
      announce(`${label} duplicated.`);
    },
  },
  { id: "delete", words: "Delete", icon: IconTrash, keys: "Delete", grave: true, may: (document, key) => isOne(document, key) && !asks(document, key), run: (editor, key) => removeAt(editor, key) },
];

/** Whether one has to say which of its ways stays. */
export const asks = (document: Document, key: Key): boolean => {
  const node = nodeOf(document, key);
  return isSplit(node.kind) && node.children.some((exit) => room(document, exit) > 0);
};

export function addAt(editor: Editor, into: Key, at: number, type: string): Key {
  const key = newKey();
  const { label } = kindOf(type);
  editor.run(insertStep, { into, at, type, key }, { words: `Add ${label.toLowerCase()}`, select: key });
  announce(`${label} added.`);
  return key;
}

/** Where a new step goes that is added below the given node. */
export function below(document: Document, key: Key): { into: Key; at: number } | null {
  const node = nodeOf(document, key);
  if (node.parent === null || node.kind === "exit") return { into: key, at: 0 };
  if (!isStep(node)) return null;
  if (isSplit(node.kind) && node.children[0] !== undefined) {
    const beside = nodeOf(document, node.parent).children;
    // behind a split that nothing follows there is no place of its own: its ways go on
    return beside.at(-1) === key ? { into: node.children[0], at: 0 } : { into: node.parent, at: beside.indexOf(key) + 1 };
  }
  return { into: node.parent, at: nodeOf(document, node.parent).children.indexOf(key) + 1 };
}

export function moveTo(editor: Editor, key: Key, into: Key): void {
  const document = documentOf(editor);
  const label = labelOf(nodeOf(document, key));
  editor.run(moveStep, { key, into, at: Infinity }, { words: `Move ${label.toLowerCase()}`, select: key });
  announce(`${label} moved to the end of ${pathWords(document, into).toLowerCase()}.`);
}

export function copyTo(editor: Editor, key: Key, into: Key): void {
  const document = documentOf(editor);
  const copy = newKey();
  const label = labelOf(nodeOf(document, key));
  editor.run(cloneStep, { key, copy, into, at: Infinity }, { words: `Copy ${label.toLowerCase()}`, select: copy });
  announce(`${label} copied to the end of ${pathWords(document, into).toLowerCase()}.`);
}

export interface Line {
  readonly key: Key;
  /** from 1 */
  readonly level: number;
}

/** The outline's lines: the trigger, then every step with its ways. */
export function linesOf(document: Document, root: Key): Line[] {
  const lines: Line[] = [{ key: root, level: 1 }];
  const add = (key: Key, level: number): void => {
    lines.push({ key, level });
    for (const child of nodeOf(document, key).children) add(child, level + 1);
  };
  for (const child of nodeOf(document, root).children) add(child, 2);
  return lines;
}

/** A key on the canvas or in the outline; whether it was one of ours. `ask`: for a split, which way stays. */
export function press(editor: Editor, root: Key, event: React.KeyboardEvent, ask: (key: Key) => void): boolean {
  const { document, selected } = editor.store.getState();
  const lines = linesOf(document, root).map(({ key }) => key);
  const at = lines.indexOf(selected ?? root);
  const act = (id: string) => {
    if (selected === null) return true;
    if (id === "delete" && isOne(document, selected) && asks(document, selected)) ask(selected);
    const action = ACTIONS.find((each) => each.id === id);
    if (action?.may(document, selected)) action.run(editor, selected);
    return true;
  };
  const go = (to: Key | undefined) => {
    if (to === undefined) return true;
    editor.select(to);
    announce(wordsOf(document, to));
    return true;
  };
  if (event.altKey && event.key === "ArrowUp") return act("up");
  if (event.altKey && event.key === "ArrowDown") return act("down");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") return act("duplicate");
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "ArrowDown") return go(lines[at + 1]);
  if (event.key === "ArrowUp") return go(lines[at - 1]);
  if (event.key === "Home") return go(lines[0]);
  if (event.key === "End") return go(lines.at(-1));
  if (event.key === "ArrowLeft") return go(document.get(selected ?? root)?.parent ?? undefined);
  if (event.key === "ArrowRight") return go(within(document, selected ?? root)[1]);
  if (event.key === "Delete" || event.key === "Backspace") return act("delete");
  return false;
}
