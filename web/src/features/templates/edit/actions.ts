/** What can be done to the selected node, for menus, keys and buttons alike. */

import { IconArrowDown, IconArrowUp, IconCopy, IconTrash, type Icon } from "@tabler/icons-react";
import { duplicate, move, remove } from "../../../editor/commands";
import { newKey, nodeOf, type Document, type Key } from "../../../editor/document";
import type { Editor } from "../../../editor/editor";
import { announce } from "../../../ui/announce";
import { labelOf, wordsOf } from "../frames";
import { canRemove, spots, step } from "../moves";
import { isBlock, order, universalOf } from "../tree";

export interface Action {
  readonly id: string;
  readonly words: string;
  readonly icon: Icon;
  readonly keys: string;
  readonly grave?: boolean;
  readonly may: (document: Document, root: Key, key: Key) => boolean;
  readonly run: (editor: Editor, root: Key, key: Key) => void;
}

const documentOf = (editor: Editor) => editor.store.getState().document;

function shift(editor: Editor, root: Key, key: Key, by: -1 | 1): void {
  const document = documentOf(editor);
  const place = step(document, root, key, by);
  if (place === null) return;
  const label = labelOf(nodeOf(document, key));
  editor.run(move, { key, ...place }, { words: `Move ${label.toLowerCase()}`, select: key });
  announce(`${label} moved ${by === 1 ? "down" : "up"}: ${placeIn(documentOf(editor), key)}.`);
}

function placeIn(document: Document, key: Key): string {
  const parent = nodeOf(document, key).parent as Key;
  const beside = nodeOf(document, parent).children;
  return `${beside.indexOf(key) + 1} of ${beside.length} in ${wordsOf(document, parent).toLowerCase()}`;
}

const movable = (document: Document, key: Key) => isBlock(document, key) || document.get(key)?.kind === "section" || canRemove(document, key);

/** What is nearest once it is gone: the next one, else the one before, else what it lay in. */
function neighbour(document: Document, key: Key): Key | null {
  const { parent } = nodeOf(document, key);
  if (parent === null) return null;
  const beside = nodeOf(document, parent).children;
  const at = beside.indexOf(key);
  return beside[at + 1] ?? beside[at - 1] ?? parent;
}

export const ACTIONS: readonly Action[] = [
  {
    id: "up", words: "Move up", icon: IconArrowUp, keys: "Alt+↑",
    may: (document, root, key) => movable(document, key) && step(document, root, key, -1) !== null,
    run: (editor, root, key) => shift(editor, root, key, -1),
  },
  {
    id: "down", words: "Move down", icon: IconArrowDown, keys: "Alt+↓",
    may: (document, root, key) => movable(document, key) && step(document, root, key, 1) !== null,
    run: (editor, root, key) => shift(editor, root, key, 1),
  },
  {
    id: "duplicate", words: "Duplicate", icon: IconCopy, keys: "Ctrl+D",
    may: (document, _, key) => canRemove(document, key) || document.get(key)?.kind === "row",
    run: (editor, _, key) => {
      const copy = newKey();
      const label = labelOf(nodeOf(documentOf(editor), key));
      editor.run(duplicate, { key, copy }, { words: `Duplicate ${label.toLowerCase()}`, select: copy });
      announce(`${label} duplicated.`);
    },
  },
  {
    id: "delete", words: "Delete", icon: IconTrash, keys: "Delete", grave: true,
    may: (document, _, key) => canRemove(document, key),
    run: (editor, _, key) => {
      const document = documentOf(editor);
      const label = labelOf(nodeOf(document, key));
      editor.run(remove, { key }, { words: `Delete ${label.toLowerCase()}`, select: neighbour(document, key) });
      announce(`${label} deleted. Undo brings it back.`);
    },
  },
];

export const actionOf = (id: string) => ACTIONS.find((each) => each.id === id) as Action;

/** Moves a block to the end of a column. */
export function moveTo(editor: Editor, root: Key, key: Key, into: Key): void {
  const document = documentOf(editor);
  const label = labelOf(nodeOf(document, key));
  const words = spots(document, root).find((spot) => spot.into === into)?.words ?? "";
  editor.run(move, { key, into, at: nodeOf(document, into).children.length }, { words: `Move ${label.toLowerCase()}`, select: key });
  announce(`${label} moved to ${words.toLowerCase()}.`);
}

/** One line of the outline; rows and columns are told apart only where there are several. */
export interface Line {
  readonly key: Key;
  /** from 1 */
  readonly level: number;
}

export function linesOf(document: Document, root: Key): Line[] {
  const lines: Line[] = [{ key: root, level: 1 }];
  const add = (key: Key, level: number): void => {
    const node = nodeOf(document, key);
    const { kind, children, parent } = node;
    const isAlone = parent !== null && nodeOf(document, parent).children.length === 1;
    const isHidden = (kind === "row" || kind === "column") && isAlone;
    if (!isHidden) lines.push({ key, level });
    if (universalOf(node) === null) for (const child of children) add(child, isHidden ? level : level + 1);
  };
  for (const section of nodeOf(document, root).children) add(section, 2);
  return lines;
}

/** A key on the canvas or in the outline; whether it was one of ours. */
export function press(editor: Editor, root: Key, event: React.KeyboardEvent): boolean {
  const { document, selected } = editor.store.getState();
  const lines = linesOf(document, root).map(({ key }) => key);
  const at = lines.indexOf(selected ?? root);
  const act = (id: string) => {
    const action = actionOf(id);
    if (selected !== null && action.may(document, root, selected)) action.run(editor, root, selected);
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
  if (event.key === "ArrowLeft") return go(above(document, lines, selected));
  if (event.key === "ArrowRight") return go(order(document, selected ?? root).slice(1).find((each) => lines.includes(each)));
  if (event.key === "Delete" || event.key === "Backspace") return act("delete");
  return false;
}

function above(document: Document, lines: readonly Key[], key: Key | null): Key | undefined {
  for (let at = key === null ? null : nodeOf(document, key).parent; at !== null; at = nodeOf(document, at).parent) if (lines.includes(at)) return at;
  return undefined;
}
