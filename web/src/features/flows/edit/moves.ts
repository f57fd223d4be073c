/** How the steps of a flow change places. Nothing stands behind the end of a path, and a split keeps all of its ways. */

import { branchOf, insert, move, remove, setField, type Branch, type Command, type Place } from "../../../editor/commands";
import { apply, joined, newKey, NOTHING, nodeOf, within, type Change, type Document, type Key, type Node } from "../../../editor/document";
import { kindOf } from "../steps";
import { freshTest } from "../steps/variations";
import { END, EXIT, FLOW, freshName, GOTO, isStep, without, type Exit, type Goto, type Wire } from "../tree";

const leaf = (node: Node | undefined): boolean => node?.kind === END || node?.kind === GOTO;

/** How many steps of a path something can stand behind. */
export function room(document: Document, path: Key): number {
  const { children } = nodeOf(document, path);
  return leaf(document.get(children.at(-1) ?? "")) ? children.length - 1 : children.length;
}

/** A step that is new: what follows a split there goes the first of its ways. */
export const insertStep: Command<Place & { type: string; key: Key }> = (document, { into, at, type, key }) => {
  const kind = kindOf(type);
  const place = Math.min(at, room(document, into));
  const exits = (kind.exits?.() ?? []).map((exit: Exit): Branch => ({ kind: EXIT, data: exit, children: [] }));
  const branch: Branch = { kind: type, data: { temporary_id: freshName(), type, data: kind.start() } satisfies Wire, children: exits };
  const added = insert(document, { into, at: place, branch, key });
  if (exits.length === 0) return added;
  const behind = nodeOf(document, into).children.slice(place);
  return behind.reduce<Change>((change, step, nth) => {
    const now = apply(document, change);
    return joined(change, move(now, { key: step, into: nodeOf(now, key).children[0] as Key, at: nth }));
  }, added);
};

/** `keep`: of a split, the way whose steps stay; without one they all go. */
export const removeStep: Command<{ readonly key: Key; readonly keep?: Key | undefined }> = (document, { key, keep }) => {
  const parent = nodeOf(document, key).parent as Key;
  const at = nodeOf(document, parent).children.indexOf(key);
  const kept = keep === undefined ? [] : nodeOf(document, keep).children;
  const out = kept.reduce<Change>((change, step, nth) => joined(change, move(apply(document, change), { key: step, into: parent, at: at + nth })), NOTHING);
  const gone = joined(out, remove(apply(document, out), { key }));
  // what stands behind the end of the way that stays is reached by nobody
  const now = apply(document, gone);
  const { children } = nodeOf(now, parent);
  const end = children.findIndex((each) => leaf(now.get(each)));
  const behind = end < 0 ? [] : children.slice(end + 1);
  const cut = behind.reduce<Change>((change, step) => joined(change, remove(apply(document, change), { key: step })), gone);
  return joined(cut, mended(apply(document, cut), document));
};

/** What led to a step that is gone leads to what followed it. */
function mended(document: Document, before: Document): Change {
  const lost = [...document].filter(([, { kind, data }]) => kind === GOTO && !document.has((data as Goto).to));
  return lost.reduce<Change>((change, [key, { data }]) => {
    const now = apply(document, change);
    if (!now.has(key)) return change;
    const next = following(before, document, (data as Goto).to);
    return joined(change, next === null ? remove(now, { key }) : setField(now, { key, path: ["to"], value: next }));
  }, NOTHING);
}

function following(before: Document, now: Document, key: Key): Key | null {
  const { parent } = nodeOf(before, key);
  const beside = parent === null ? [] : nodeOf(before, parent).children;
  return beside.slice(beside.indexOf(key) + 1).find((each) => now.has(each) && !leaf(now.get(each))) ?? null;
}

/** A copy right behind the original, with names of its own. */
export const cloneStep: Command<{ readonly key: Key; readonly copy: Key } & Partial<Place>> = (document, { key, copy, into, at }) => {
  const parent = nodeOf(document, key).parent as Key;
  const place = into === undefined ? { into: parent, at: nodeOf(document, parent).children.indexOf(key) + 1 } : { into, at: Math.min(at ?? Infinity, room(document, into)) };
  return insert(document, { ...place, branch: renamed(branchOf(document, key)), key: copy });
};

function renamed({ kind, data, children }: Branch): Branch {
  const below = children.map(renamed);
  if (!isStep({ kind, data, children: [], parent: null })) return { kind, data, children: below };
  // where it led is told by where it stands
  const action = without(data as Wire, "id", "temporary_id", "links");
  const inner = action.data as Wire | undefined;
  const own = inner?.message === undefined ? inner : { ...inner, message: without(inner.message as Wire, "id") };
  if (inner?.main_action !== undefined) return { kind, data: { ...action, temporary_id: freshName(), data: freshTest(inner) }, children: below };
  return { kind, data: { ...action, temporary_id: freshName(), ...(own === undefined ? {} : { data: own }) }, children: below };
}

export const moveStep: Command<Place & { readonly key: Key }> = (document, { key, into, at }) => move(document, { key, into, at: Math.min(at, room(document, into)) });

/** Where a step comes to stand one place further up or down its path. */
export function step(document: Document, key: Key, by: -1 | 1): Place | null {
  const { parent } = nodeOf(document, key);
  if (parent === null) return null;
  const at = nodeOf(document, parent).children.indexOf(key);
  const to = by === -1 ? at - 1 : at + 2;
  return to < 0 || to > room(document, parent) ? null : { into: parent, at: to };
}

/** The paths that a step can be moved to: their keys in reading order. */
export function pathsFor(document: Document, root: Key, key: Key): Key[] {
  const own = new Set(within(document, key));
  return within(document, root).filter((each) => [FLOW, EXIT].includes(nodeOf(document, each).kind) && !own.has(each) && each !== document.get(key)?.parent);
}

export function toggleEnd(document: Document, path: Key, stops: boolean): Change {
  const last = nodeOf(document, path).children.at(-1);
  const node = last === undefined ? undefined : document.get(last);
  if (stops && !leaf(node)) return insert(document, { into: path, at: Infinity, branch: { kind: END, data: null, children: [] }, key: newKey() });
  return !stops && last !== undefined && node?.kind === END ? remove(document, { key: last }) : NOTHING;
}

/** Whether the split of this way is followed by steps that its path goes on to. */
export function goesOn(document: Document, exit: Key): boolean {
  for (let key: Key | null = nodeOf(document, exit).parent; key !== null; key = document.get(nodeOf(document, key).parent ?? "")?.parent ?? null) {
    const path = nodeOf(document, key).parent as Key;
    const beside = nodeOf(document, path).children;
    const next = document.get(beside[beside.indexOf(key) + 1] ?? "");
    if (next !== undefined) return !leaf(next);
    if (nodeOf(document, path).kind === FLOW) return false;
  }
  return false;
}
