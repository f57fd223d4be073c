/** What can be done to the structure of a template, as commands of the editor. */

import { fieldOf, insert, move, remove, setField, together, type Branch, type Command } from "../../editor/commands";
import { NOTHING, newKey, nodeOf, type Document, type Key } from "../../editor/document";
import { around, branchOf, isBlock, order, type Wire } from "./tree";

/** Columns of a row by the word on the wire: widths of each in percent. */
export const LAYOUTS: Readonly<Record<string, readonly number[]>> = {
  "1-column-full-width": [100],
  "2-columns-equal-width": [50, 50],
  "2-columns-33%-67%": [33, 67],
  "2-columns-67%-33%": [67, 33],
  "2-columns-25%-75%": [25, 75],
  "2-columns-75%-25%": [75, 25],
  "3-columns-equal-width": [33.3, 33.3, 33.3],
  "3-columns-25%-25%-50%": [25, 25, 50],
  "3-columns-25%-50%-25%": [25, 50, 25],
  "3-columns-50%-25%-25%": [50, 25, 25],
  "4-columns-equal-width": [25, 25, 25, 25],
};

const ONE = "1-column-full-width";

const column = (blocks: readonly Branch[] = []): Branch => ({ kind: "column", data: { blocks: [] }, children: blocks });

function rowOf(layout: string, first: readonly Branch[] = []): Branch {
  const columns = (LAYOUTS[layout] ?? [100]).map((_, at) => column(at === 0 ? first : []));
  return { kind: "row", data: { data: { styles: { column_layout: layout } }, columns: [] }, children: columns };
}

/** A section with one row, and blocks in its first column. */
export function sectionOf(layout = ONE, blocks: readonly Branch[] = []): Branch {
  const data = { content_type: "section", type: "section", data: { properties: {}, display_options: {}, styles: {} }, rows: [] };
  return { kind: "section", data, children: [rowOf(layout, blocks)] };
}

export const blockOf = (wire: Wire): Branch => ({ kind: String(wire.type), data: wire, children: [] });

/** Where a block goes that is added while `selected` is selected: after it, or at the end of what it is in; while nothing
 * is, at the end of what stands above the foot. */
export function placeAfter(document: Document, root: Key, selected: Key | null): { into: Key; at: number } | null {
  if (selected !== null && isBlock(document, selected)) {
    const into = nodeOf(document, selected).parent as Key;
    return { into, at: nodeOf(document, into).children.indexOf(selected) + 1 };
  }
  const within = selected === null ? root : selected;
  const inside = order(document, within).filter((key) => document.get(key)?.kind === "column");
  const into = within === root ? (inside.filter((key) => !isFoot(document, key)).at(-1) ?? inside.at(-1)) : inside[0];
  return into === undefined ? null : { into, at: nodeOf(document, into).children.length };
}

/** Where people leave: nobody adds to it without meaning to. */
function isFoot(document: Document, column: Key): boolean {
  return nodeOf(document, column).children.some((key) => JSON.stringify(nodeOf(document, key).data).includes("{% unsubscribe"));
}

interface Adding {
  readonly root: Key;
  readonly selected: Key | null;
  readonly wire: Wire;
  readonly key: Key;
}

/** A block after what is selected; in a section of its own where there is none yet. */
export const addBlock: Command<Adding> = (document, { root, selected, wire, key }) => {
  const place = placeAfter(document, root, selected);
  if (place !== null) return insert(document, { ...place, branch: blockOf(wire), key });
  const section = insert(document, { into: root, at: 0, branch: sectionOf(), key: newKey() });
  return together(document, () => section, (next) => {
    const into = order(next, root).find((each) => next.get(each)?.kind === "column") as Key;
    return insert(next, { into, at: 0, branch: blockOf(wire), key });
  });
};

interface AddingSection {
  readonly root: Key;
  readonly selected: Key | null;
  readonly branch: Branch;
  readonly key: Key;
}

/** A section after the one in which something is selected, else before the foot. */
export const addSection: Command<AddingSection> = (document, { root, selected, branch, key }) => {
  const sections = nodeOf(document, root).children;
  const beside = around(document, selected, "section");
  const foot = sections.findIndex((key) => order(document, key).some((each) => document.get(each)?.kind === "column" && isFoot(document, each)));
  const end = foot === -1 ? sections.length : foot;
  const at = beside === null ? end : sections.indexOf(beside) + 1;
  return insert(document, { into: root, at, branch, key });
};

/** From here on the node's own: as `wire` says, or as it was where that is gone. */
export const unlink: Command<{ readonly key: Key; readonly wire: Wire | null; readonly copy: Key }> = (document, { key, wire, copy }) => {
  const { kind, parent } = nodeOf(document, key);
  if (wire === null || parent === null) return setField(document, { key, path: ["universal_id"], value: undefined });
  const at = nodeOf(document, parent).children.indexOf(key);
  const branch = branchOf(kind === "section" ? kind : String(wire.type), wire);
  return together(document, (now) => remove(now, { key }), (now) => insert(now, { into: parent, at, branch, key: copy }));
};

/** Blocks of columns that go are put below those of the last that stays. */
export const setLayout: Command<{ readonly key: Key; readonly layout: string }> = (document, { key, layout }) => {
  const widths = LAYOUTS[layout];
  const columns = nodeOf(document, key).children;
  if (widths === undefined) return NOTHING;
  const [kept, gone] = [columns.slice(0, widths.length), columns.slice(widths.length)];
  const last = kept.at(-1);
  const blocks = gone.flatMap((each) => nodeOf(document, each).children);
  return together(
    document,
    (now) => setField(now, { key, path: ["data", "styles", "column_layout"], value: layout }),
    ...blocks.map((block) => (now: Document) => (last === undefined ? NOTHING : move(now, { key: block, into: last, at: nodeOf(now, last).children.length }))),
    ...gone.map((each) => (now: Document) => remove(now, { key: each })),
    ...widths.slice(columns.length).map(() => (now: Document) => insert(now, { into: key, at: nodeOf(now, key).children.length, branch: column(), key: newKey() })),
  );
};

/** One place up or down; a block goes on in the neighbouring column, a section among the sections. */
export function step(document: Document, root: Key, key: Key, by: -1 | 1): { into: Key; at: number } | null {
  const parent = document.get(key)?.parent ?? null;
  if (parent === null) return null;
  const { children } = nodeOf(document, parent);
  const at = children.indexOf(key);
  // `at` counts the places as they are before the move
  if (at + by >= 0 && at + by < children.length) return { into: parent, at: by === 1 ? at + 2 : at - 1 };
  if (!isBlock(document, key)) return null;
  const columns = order(document, root).filter((each) => document.get(each)?.kind === "column");
  const into = columns[columns.indexOf(parent) + by];
  return into === undefined ? null : { into, at: by === 1 ? 0 : nodeOf(document, into).children.length };
}

/** Takes a block or section away; of a row's columns none goes alone. */
export const canRemove = (document: Document, key: Key) => {
  const kind = document.get(key)?.kind;
  if (kind === "template" || kind === "column") return false;
  return kind !== "row" || nodeOf(document, document.get(key)?.parent as Key).children.length > 1;
};

/** A place to move to, in words that say where it is. */
export interface Spot {
  readonly into: Key;
  readonly words: string;
}

/** Every column of the template, for "Move to …". */
export function spots(document: Document, root: Key): Spot[] {
  return nodeOf(document, root).children.flatMap((section, number) => {
    const columns = order(document, section).filter((key) => document.get(key)?.kind === "column");
    return columns.map((into, at) => ({ into, words: columns.length === 1 ? `Section ${number + 1}` : `Section ${number + 1}, column ${at + 1}` }));
  });
}

export function layoutOf(document: Document, row: Key): string {
  const layout = fieldOf(nodeOf(document, row).data, ["data", "styles", "column_layout"]);
  return typeof layout === "string" ? layout : ONE;
}
