/** Commands on the structure of a document: each answers the change that it makes, and changes nothing itself. */

import { apply, joined, newKey, NOTHING, nodeOf, within } from "./document";
import type { Change, Document, Key, Node } from "./document";

export type Command<Given> = (document: Document, given: Given) => Change;

/** A node that is not in the document yet, with all below it. */
export interface Branch {
  readonly kind: string;
  readonly data: unknown;
  readonly children: readonly Branch[];
}

export interface Place {
  readonly into: Key;
  /** among the children, as they are before the command */
  readonly at: number;
}

export interface Insertion extends Place {
  readonly branch: Branch;
  /** of the new node; given by the caller, so that it can be selected */
  readonly key: Key;
}

export const insert: Command<Insertion> = (document, { into, at, branch, key }) => {
  const change = new Map<Key, readonly [Node | undefined, Node | undefined]>();
  grow(change, branch, key, into);
  const parent = nodeOf(document, into);
  change.set(into, [parent, { ...parent, children: withInserted(parent.children, key, at) }]);
  return change;
};

function grow(
  change: Map<Key, readonly [Node | undefined, Node | undefined]>,
  branch: Branch,
  key: Key,
  parent: Key,
): void {
  const keys = branch.children.map(() => newKey());
  change.set(key, [undefined, { kind: branch.kind, parent, children: keys, data: branch.data }]);
  branch.children.forEach((child, place) => grow(change, child, keys[place] as Key, key));
}

export const remove: Command<{ readonly key: Key }> = (document, { key }) => {
  const change = new Map<Key, readonly [Node | undefined, Node | undefined]>();
  for (const below of within(document, key)) change.set(below, [document.get(below), undefined]);
  const above = nodeOf(document, key).parent;
  if (above !== null) {
    const parent = nodeOf(document, above);
    change.set(above, [parent, { ...parent, children: parent.children.filter((child) => child !== key) }]);
  }
  return change;
};

/** Nothing where the node would come to lie in itself, or where it lies already. */
export const move: Command<Place & { readonly key: Key }> = (document, { key, into, at }) => {
  if (within(document, key).includes(into)) return NOTHING;
  const node = nodeOf(document, key);
  if (node.parent === null) return NOTHING;
  const from = nodeOf(document, node.parent);
  const left = from.children.filter((child) => child !== key);
  if (into === node.parent) {
    const before = from.children.indexOf(key);
    const children = withInserted(left, key, at > before ? at - 1 : at);
    return children.every((child, place) => child === from.children[place])
      ? NOTHING
      : new Map([[into, [from, { ...from, children }] as const]]);
  }
  const target = nodeOf(document, into);
  return new Map([
    [node.parent, [from, { ...from, children: left }] as const],
    [into, [target, { ...target, children: withInserted(target.children, key, at) }] as const],
    [key, [node, { ...node, parent: into }] as const],
  ]);
};

/** A copy beside the original, right after it. */
export const duplicate: Command<{ readonly key: Key; readonly copy: Key }> = (document, { key, copy }) => {
  const parent = nodeOf(document, key).parent;
  if (parent === null) return NOTHING;
  const at = nodeOf(document, parent).children.indexOf(key) + 1;
  return insert(document, { into: parent, at, branch: branchOf(document, key), key: copy });
};

export function branchOf(document: Document, key: Key): Branch {
  const node = nodeOf(document, key);
  return { kind: node.kind, data: node.data, children: node.children.map((child) => branchOf(document, child)) };
}

/** `path`: names and places within the node's data; an undefined value takes the field away. */
export const setField: Command<{ readonly key: Key; readonly path: readonly string[]; readonly value: unknown }> = (
  document,
  { key, path, value },
) => {
  const node = nodeOf(document, key);
  const data = withField(node.data, path, value);
  return data === node.data ? NOTHING : new Map([[key, [node, { ...node, data }] as const]]);
};

export function fieldOf(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], data);
}

function withField(data: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const before = (data ?? {}) as Record<string, unknown>;
  const after = withField(before[name], rest, value);
  if (after === before[name] && (after !== undefined || !(name in before))) return data;
  if (Array.isArray(data)) return data.map((item: unknown, place) => (String(place) === name ? after : item));
  if (after !== undefined) return { ...before, [name]: after };
  return Object.fromEntries(Object.entries(before).filter(([other]) => other !== name));
}

/** Several commands as one, each on what those before it made. */
export function together(document: Document, ...commands: readonly ((document: Document) => Change)[]): Change {
  return commands.reduce((change, command) => joined(change, command(apply(document, change))), NOTHING);
}

function withInserted(keys: readonly Key[], key: Key, at: number): Key[] {
  const place = Math.max(0, Math.min(at, keys.length));
  return [...keys.slice(0, place), key, ...keys.slice(place)];
}
