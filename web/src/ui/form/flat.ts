/** Values of a form with groups inside, and the same as one field beside another, as `join` compares them. */

import type { Values } from "./join";

const isGroup = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);

/** `{ a: { b: 1 } }` → `{ "a.b": 1 }`; a list is one field. */
export function flat(values: object): Values {
  const fields = Object.entries(values).flatMap(([name, value]) =>
    isGroup(value) ? Object.entries(flat(value)).map(([inner, field]) => [`${name}.${inner}`, field] as const) : [[name, value] as const],
  );
  return Object.fromEntries(fields);
}

/** `{ "a.b": 1 }` → `{ a: { b: 1 } }`, of some fields. */
export function nested(fields: Values, names: readonly string[] = Object.keys(fields)): Values {
  const values: Values = {};
  for (const name of names) {
    const path = name.split(".");
    const last = path.pop() ?? name;
    let group = values;
    for (const step of path) group = (group[step] ??= {}) as Values;
    group[last] = fields[name];
  }
  return values;
}
