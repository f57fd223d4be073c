/**
 * A flow as the editor holds it: what belongs to the whole at the root, below it the steps of the main path in order.
 * A split has an exit for each way on, an exit the steps of its path. Where a path is over, what follows the split it
 * lies in comes next; `end` says that it stops instead, `goto` that it goes on at a step which stands elsewhere.
 */

import { newKey, nodeOf } from "../../editor/document";
import type { Document, Key, Node } from "../../editor/document";

export type Wire = Readonly<Record<string, unknown>>;

export const FLOW = "flow";
export const EXIT = "exit";
export const END = "end";
export const GOTO = "goto";

/** The data of the root. */
export interface Whole {
  readonly name: string;
  /** the definition without its actions */
  readonly definition: Wire;
  /** how the actions were called, in their order on the wire */
  readonly order: readonly string[];
  /** actions that no path leads to */
  readonly apart: readonly Wire[];
}

/** The data of an exit: `link` is the name of its link, or `branch` what a split of many branches says of it. */
export interface Exit {
  readonly link?: string;
  readonly branch?: Wire;
}

/** The data of a goto. */
export interface Goto {
  readonly to: Key;
}

export interface Tree {
  readonly document: Document;
  readonly root: Key;
}

/** A name for what is new. */
export const freshName = (): string => `new-${crypto.randomUUID().slice(0, 8)}`;

/** What an action is called within its definition. */
export const nameOf = (action: Wire): string => String(action.id ?? action.temporary_id ?? "");

export function without(of: Wire, ...names: string[]): Wire {
  return Object.fromEntries(Object.entries(of).filter(([name]) => !names.includes(name)));
}

const BRANCHED = "multi-branch-split";
const TWO_WAYS = ["next_if_true", "next_if_false"] as const;

export const isSplit = (kind: string): boolean => kind.endsWith("-split");

interface Way {
  readonly exit: Exit;
  readonly to: string | null;
}

const textOrNull = (value: unknown): string | null => (value === null || value === undefined || value === "" ? null : String(value));

/** The ways on of a step; one that is no split has one, which has no exit. */
export function waysOf(action: Wire): Way[] {
  const links = (action.links ?? {}) as Wire;
  if (action.type === BRANCHED) {
    const branches = (action.data as Wire | undefined)?.branches;
    return (Array.isArray(branches) ? (branches as Wire[]) : []).map((branch) => ({
      exit: { branch },
      to: textOrNull((branch.links as Wire | undefined)?.next),
    }));
  }
  if (isSplit(String(action.type))) return TWO_WAYS.map((link) => ({ exit: { link }, to: textOrNull(links[link]) }));
  return [{ exit: { link: "next" }, to: textOrNull(links.next) }];
}

export function read(name: string, definition: Wire): Tree {
  const actions = Array.isArray(definition.actions) ? (definition.actions as Wire[]) : [];
  const reader = new Reader(actions);
  const root = newKey();
  const { keys } = reader.path(textOrNull(definition.entry_action_id), null, root);
  const data: Whole = { name, definition: without(definition, "actions", "entry_action_id"), order: actions.map(nameOf), apart: actions.filter((each) => !reader.placed.has(nameOf(each))) };
  reader.records.set(root, { kind: FLOW, parent: null, children: keys, data });
  return { document: reader.records, root };
}

class Reader {
  readonly records = new Map<Key, Node>();
  readonly placed = new Map<string, Key>();
  private readonly byName: ReadonlyMap<string, Wire>;

  constructor(actions: readonly Wire[]) {
    this.byName = new Map(actions.map((action) => [nameOf(action), action]));
  }

  /** The steps from `first` on, up to but without `stop`. */
  path(first: string | null, stop: string | null, parent: Key): { keys: Key[] } {
    const keys: Key[] = [];
    let at = first;
    for (;;) {
      if (at !== null && at === stop) return { keys };
      const action = at === null ? undefined : this.byName.get(at);
      if (at === null || action === undefined) {
        if (stop !== null) keys.push(this.leaf(END, null, parent));
        return { keys };
      }
      const there = this.placed.get(at);
      if (there !== undefined) {
        keys.push(this.leaf(GOTO, { to: there } satisfies Goto, parent));
        return { keys };
      }
      const key = newKey();
      this.placed.set(at, key);
      keys.push(key);
      if (!isSplit(String(action.type))) {
        this.records.set(key, { kind: String(action.type), parent, children: [], data: action });
        at = waysOf(action)[0]?.to ?? null;
        continue;
      }
      const ways = waysOf(action);
      const join = this.join(ways, stop);
      const children = ways.map(({ exit, to }) => {
        const child = newKey();
        this.records.set(child, { kind: EXIT, parent: key, children: this.path(to, join ?? stop, child).keys, data: exit });
        return child;
      });
      this.records.set(key, { kind: String(action.type), parent, children, data: action });
      // without a step at which its ways meet, the path ends with the split
      if (join === null) return { keys };
      at = join;
    }
  }

  private leaf(kind: string, data: unknown, parent: Key): Key {
    const key = newKey();
    this.records.set(key, { kind, parent, children: [], data });
    return key;
  }

  /** The first step at which at least two ways meet and to which all lead that lead anywhere. */
  private join(ways: readonly Way[], stop: string | null): string | null {
    const open = ways.flatMap(({ to }) => (to !== null && this.byName.has(to) && to !== stop ? [this.reach(to, stop)] : []));
    const [first, ...others] = open;
    if (first === undefined || others.length === 0) return null;
    return first.find((name) => !this.placed.has(name) && others.every((names) => names.includes(name))) ?? null;
  }

  /** All that follows from a step, itself first, nearer ones before farther ones. */
  private reach(name: string, stop: string | null): string[] {
    const seen = new Set([name]);
    for (const at of seen) {
      const action = this.byName.get(at);
      for (const { to } of action ? waysOf(action) : []) if (to !== null && to !== stop && this.byName.has(to)) seen.add(to);
    }
    return [...seen];
  }
}

export interface Written {
  readonly name: string;
  readonly definition: Wire;
  /** JSON pointers below the definition, and whose they are */
  readonly places: readonly (readonly [pointer: string, key: Key])[];
}

export function write(document: Document, root: Key): Written {
  const { children, data } = nodeOf(document, root);
  const { name, definition, order, apart } = data as Whole;
  const actions: (readonly [Key, Wire])[] = [];
  const entry = writePath(document, children, null, actions);
  const places = new Map(order.map((each, at) => [each, at]));
  const rank = (action: Wire) => places.get(nameOf(action)) ?? order.length;
  const all = [...actions, ...apart.map((action) => [root, action] as const)];
  const sorted = all.map((each, at) => [each, at] as const).sort(([[, first], a], [[, second], b]) => rank(first) - rank(second) || a - b);
  return {
    name,
    definition: { ...definition, actions: sorted.map(([[, action]]) => action), entry_action_id: entry },
    places: [["", root], ...sorted.map(([[key]], at) => [`/actions/${at}`, key] as const)],
  };
}

/** Adds the path's actions; the name of its first one, or of what comes after it. */
function writePath(document: Document, keys: readonly Key[], after: string | null, into: (readonly [Key, Wire])[]): string | null {
  const [key, ...rest] = keys;
  if (key === undefined) return after;
  const { kind, data, children } = nodeOf(document, key);
  if (kind === END) return null;
  if (kind === GOTO) {
    const target = document.get((data as Goto).to);
    return target === undefined ? after : nameOf(target.data as Wire);
  }
  const action = data as Wire;
  const place = into.length;
  // parents before what follows them
  into.push([key, action]);
  if (!isSplit(kind)) {
    into[place] = [key, linked(action, { next: writePath(document, rest, after, into) })];
    return nameOf(action);
  }
  const behind: (readonly [Key, Wire])[] = [];
  const following = writePath(document, rest, after, behind);
  const ways = children.map((child) => {
    const exit = nodeOf(document, child);
    return { exit: exit.data as Exit, to: writePath(document, exit.children, following, into) };
  });
  into.push(...behind);
  into[place] = [key, kind === BRANCHED ? branched(action, ways) : linked(action, Object.fromEntries(ways.map(({ exit, to }) => [exit.link ?? "next", to])))];
  return nameOf(action);
}

/** A link that is not there and leads nowhere stays away. */
function linked(action: Wire, links: Record<string, string | null>): Wire {
  const before = (action.links ?? {}) as Wire;
  const changed = Object.entries(links).filter(([name, to]) => textOrNull(before[name]) !== to || (isSplit(String(action.type)) && !(name in before)));
  return changed.length === 0 ? action : { ...action, links: { ...before, ...Object.fromEntries(changed) } };
}

function branched(action: Wire, ways: readonly Way[]): Wire {
  const branches = ways.map(({ exit, to }) => {
    const branch = exit.branch ?? {};
    const before = (branch.links ?? {}) as Wire;
    return textOrNull(before.next) === to ? branch : { ...branch, links: { ...before, next: to } };
  });
  return { ...action, data: { ...(action.data as Wire), branches } };
}

/** Whose place a JSON pointer below the definition is in, and which field there. */
export function fieldAt({ places }: Written, pointer: string): { readonly key: Key; readonly path: readonly string[] } | undefined {
  const around = places.filter(([place]) => pointer === place || pointer.startsWith(`${place}/`));
  const [first, ...rest] = around;
  if (!first) return undefined;
  const [place, key] = rest.reduce((best, each) => (best[0].length > each[0].length ? best : each), first);
  return { key, path: pointer.slice(place.length).split("/").filter(Boolean) };
}

export const isStep = ({ kind }: Node): boolean => ![FLOW, EXIT, END, GOTO].includes(kind);
