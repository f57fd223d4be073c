/**
 * A template as the editor holds it: its name and what belongs to the whole at the root, below it sections, their rows,
 * the rows' columns and the blocks in them. What this version knows nothing of is kept as it came and written back.
 */

import type { Branch } from "../../editor/commands";
import { newKey, nodeOf } from "../../editor/document";
import type { Document, Key, Node } from "../../editor/document";

export type Wire = Readonly<Record<string, unknown>>;

/** The data of the root. */
export interface Whole {
  readonly name: string;
  /** the definition without its body */
  readonly definition: Wire;
  /** the body without its sections */
  readonly body: Wire;
}

export interface Tree {
  readonly document: Document;
  readonly root: Key;
}

/** What lies in what, from the sections down, and the name under which it lies there. */
const BELOW: Record<string, readonly [name: string, kind: string | null]> = {
  template: ["sections", "section"],
  section: ["rows", "row"],
  row: ["columns", "column"],
  // a block says of itself what it is
  column: ["blocks", null],
};

/** A node and all below it, as they come from the wire. */
export function branchOf(kind: string, wire: Wire): Branch {
  const [under, childKind] = BELOW[kind] ?? [];
  const below = under === undefined ? [] : wiresOf(wire[under]);
  // an emptied place keeps where it stood among its neighbours
  const data = under !== undefined && under in wire ? { ...wire, [under]: [] } : wire;
  return { kind, data, children: below.map((each) => branchOf(childKind ?? String(each.type ?? "unknown"), each)) };
}

export function read(name: string, definition: Wire): Tree {
  const records = new Map<Key, Node>();
  const grow = ({ kind, data, children: below }: Branch, parent: Key): Key => {
    const key = newKey();
    records.set(key, { kind, parent, children: below.map((each) => grow(each, key)), data });
    return key;
  };
  const root = newKey();
  const bare = (definition.body ?? {}) as Wire;
  const children = wiresOf(bare.sections).map((each) => grow(branchOf("section", each), root));
  const data: Whole = { name, definition: { ...definition, body: null }, body: "sections" in bare ? { ...bare, sections: [] } : bare };
  records.set(root, { kind: "template", parent: null, children, data });
  return { document: records, root };
}

function wiresOf(value: unknown): Wire[] {
  return Array.isArray(value) ? (value as Wire[]) : [];
}

export interface Written {
  readonly name: string;
  readonly definition: Wire;
  /** JSON pointers below the definition, longest last, and whose they are */
  readonly places: readonly (readonly [pointer: string, key: Key])[];
}

/** A node and all below it, as they go over the wire. `visit` hears of each and its place below the first. */
export function wireOf(document: Document, key: Key, visit: (pointer: string, key: Key) => void = () => undefined, pointer = ""): Wire {
  visit(pointer, key);
  const { kind, data, children } = nodeOf(document, key);
  const [under] = BELOW[kind] ?? [];
  const wire = data as Wire;
  if (under === undefined || (children.length === 0 && !(under in wire))) return wire;
  return { ...wire, [under]: children.map((child, at) => wireOf(document, child, visit, `${pointer}/${under}/${at}`)) };
}

export function write(document: Document, root: Key): Written {
  const { children, data } = nodeOf(document, root);
  const { name, definition, body } = data as Whole;
  const places: [string, Key][] = [["", root]];
  const sections = children.map((child, at) => wireOf(document, child, (pointer, key) => places.push([pointer, key]), `/body/sections/${at}`));
  const filled = sections.length === 0 && !("sections" in body) ? body : { ...body, sections };
  return { name, definition: { ...definition, body: filled }, places };
}

/** Whose place a JSON pointer below the definition is in: of the root where it is in none below it. */
export function keyAt({ places }: Written, pointer: string): Key | undefined {
  const around = places.filter(([place]) => pointer === place || pointer.startsWith(`${place}/`));
  return around.reduce<readonly [string, Key] | undefined>((best, each) => (best && best[0].length > each[0].length ? best : each), undefined)?.[1];
}

/** The universal content that is shown in a node's place. */
export function universalOf({ data }: Node): string | null {
  const id = (data as Wire | null)?.universal_id;
  return typeof id === "string" && id !== "" ? id : null;
}

/** All nodes from top to bottom as they are read: parents before their children. What lies in linked universal content is
 * not the template's. */
export function order(document: Document, key: Key): Key[] {
  if (universalOf(nodeOf(document, key)) !== null) return [key];
  return [key, ...nodeOf(document, key).children.flatMap((child) => order(document, child))];
}

/** The nearest node of a kind, from the given one upwards. */
export function around(document: Document, key: Key | null, kind: string): Key | null {
  for (let at = key; at !== null; at = document.get(at)?.parent ?? null) if (document.get(at)?.kind === kind) return at;
  return null;
}

export const isBlock = (document: Document, key: Key) => document.get(document.get(key)?.parent ?? "")?.kind === "column";
