/** Two changes of one record, made by two people who both began with the same. */

export type Values = Record<string, unknown>;

export interface Joined<Of> {
  /** Everybody's changes; where both changed the same field, mine. */
  values: Of;
  /** Fields that only the other changed. */
  taken: string[];
  /** Fields that both changed, to different values. */
  disputed: string[];
}

/** Whether two values are the same as JSON, in which the order of an object's keys says nothing. */
export function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  const within = (of: object, key: string) => (of as Values)[key];
  return keys.length === Object.keys(other).length && keys.every((key) => key in other && same(within(one, key), within(other, key)));
}

/** The fields of `after` that differ from `before`, and those that are gone. */
export function changed(before: Values, after: Values): string[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields.filter((field) => !same(before[field], after[field]));
}

/** `base`: what both began with. A field that is missing was taken away. */
export function join<Of extends Values>(base: Of, mine: Of, theirs: Of): Joined<Of> {
  const ours = new Set(changed(base, mine));
  const others = changed(base, theirs);
  const taken = others.filter((field) => !ours.has(field));
  const disputed = others.filter((field) => ours.has(field) && !same(mine[field], theirs[field]));
  // in the order of what is in the form, for some forms draw their fields in it
  const fields = [...new Set([...Object.keys(mine), ...taken])];
  const parts = fields.flatMap((field) => {
    const from = taken.includes(field) ? theirs : mine;
    return field in from ? [[field, from[field]] as const] : [];
  });
  return { values: Object.fromEntries(parts) as Of, taken, disputed };
}
