/**
 * A document that is edited: flat records, key → node, each with its children in order. Nothing in it is ever changed;
 * an edit makes another document that shares what stayed. Keys are the editor's own and never leave it.
 */

export type Key = string;

/** `kind` says what `data` is; for a tree that comes from the API it is the word on the wire. */
export interface Node<Data = unknown> {
  readonly kind: string;
  readonly parent: Key | null;
  readonly children: readonly Key[];
  readonly data: Data;
}

export type Document = ReadonlyMap<Key, Node>;

/** What an edit did to each node: as it was and as it is, `undefined` where it is not there. */
export type Change = ReadonlyMap<Key, readonly [before: Node | undefined, after: Node | undefined]>;

export const NOTHING: Change = new Map();

export function apply(document: Document, change: Change): Document {
  const next = new Map(document);
  for (const [key, [, after]] of change) {
    if (after === undefined) next.delete(key);
    else next.set(key, after);
  }
  return next;
}

/** What takes a change back. */
export function inverse(change: Change): Change {
  return new Map([...change].map(([key, [before, after]]) => [key, [after, before] as const]));
}

/** Two changes, one after the other, as one. What ends as it began is not in it. */
export function joined(first: Change, second: Change): Change {
  const both = new Map(first);
  for (const [key, [before, after]] of second) {
    const start = first.has(key) ? first.get(key)?.[0] : before;
    if (start === after) both.delete(key);
    else both.set(key, [start, after]);
  }
  return both;
}

/** Whether both change some node: then their order matters. */
export function overlap(first: Change, second: Change): boolean {
  return [...second.keys()].some((key) => first.has(key));
}

/** Whether both hold the same nodes, whatever way they came to be. */
export function isSame(first: Document, second: Document): boolean {
  if (first === second) return true;
  if (first.size !== second.size) return false;
  for (const [key, node] of first) if (second.get(key) !== node) return false;
  return true;
}

/** What makes `before` into `after`. */
export function difference(before: Document, after: Document): Change {
  const change = new Map<Key, readonly [Node | undefined, Node | undefined]>();
  for (const [key, node] of before) if (after.get(key) !== node) change.set(key, [node, after.get(key)]);
  for (const [key, node] of after) if (!before.has(key)) change.set(key, [undefined, node]);
  return change;
}

/** What puts the whole of another tree in the place of this one, whose root keeps its key. */
export function replaced(document: Document, root: Key, other: Document, otherRoot: Key): Change {
  return new Map([
    ...[...document].filter(([key]) => key !== root).map(([key, node]) => [key, [node, undefined] as const] as const),
    ...[...other]
      .filter(([key]) => key !== otherRoot)
      .map(([key, node]) => [key, [undefined, node.parent === otherRoot ? { ...node, parent: root } : node] as const] as const),
    [root, [document.get(root), other.get(otherRoot)] as const] as const,
  ]);
}

/** A node that must be there; throws where it is not, which is a fault of the caller. */
export function nodeOf(document: Document, key: Key): Node {
  const node = document.get(key);
  if (node === undefined) throw new Error(`no node ${key}`);
  return node;
}

/** The node and all below it, parents before their children. */
export function within(document: Document, key: Key): Key[] {
  return [key, ...nodeOf(document, key).children.flatMap((child) => within(document, child))];
}

/** From the node up to the root. */
export function upwards(document: Document, key: Key): Key[] {
  const parent = nodeOf(document, key).parent;
  return parent === null ? [key] : [key, ...upwards(document, parent)];
}

let last = 0;

/** A key that no node has. */
export function newKey(): Key {
  last += 1;
  return `n${last}`;
}
