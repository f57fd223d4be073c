/** Which rows of a table are chosen, by id. */

export type Chosen = ReadonlySet<string>;

export const NONE: Chosen = new Set();

/** One row in or out. */
export function toggled(chosen: Chosen, id: string): Chosen {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** All between two rows, whichever is first, become as the second one is to be. */
export function ranged(chosen: Chosen, ids: readonly string[], from: string | null, to: string): Chosen {
  const start = from === null ? -1 : ids.indexOf(from);
  const end = ids.indexOf(to);
  if (start < 0 || end < 0) return toggled(chosen, to);
  const between = ids.slice(Math.min(start, end), Math.max(start, end) + 1);
  const next = new Set(chosen);
  const take = !chosen.has(to);
  for (const id of between) {
    if (take) next.add(id);
    else next.delete(id);
  }
  return next;
}

/** Every row that is there, or none where all were chosen already. */
export function toggledAll(chosen: Chosen, ids: readonly string[]): Chosen {
  return ids.every((id) => chosen.has(id)) ? NONE : new Set([...chosen, ...ids]);
}
