/** Properties of a person as rows of a form: a name, a kind, and a value that is written as text until it is sent. */

export const KINDS = ["text", "number", "yes or no", "date", "list"] as const;
/** `other`: objects, and lists of something else than texts; shown, kept, and not edited here. */
export type Kind = (typeof KINDS)[number] | "other";

export interface Row {
  /** Of the row, for as long as the form is open. */
  key: string;
  name: string;
  kind: Kind;
  text: string;
  yes: boolean;
  items: string[];
  other: unknown;
}

let rows = 0;

export function newRow(name = "", kind: Kind = "text"): Row {
  rows += 1;
  return { key: `row-${rows}`, name, kind, text: "", yes: false, items: [], other: null };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function rowOf(name: string, value: unknown): Row {
  const row = newRow(name);
  if (typeof value === "string") return { ...row, kind: DAY.test(value) ? "date" : "text", text: value };
  if (typeof value === "number") return { ...row, kind: "number", text: String(value) };
  if (typeof value === "boolean") return { ...row, kind: "yes or no", yes: value };
  if (value === null) return row;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return { ...row, kind: "list", items: value as string[] };
  return { ...row, kind: "other", other: value };
}

/** The value as it is sent; an empty text is none. */
export function valueOf({ kind, text, yes, items, other }: Row): unknown {
  if (kind === "number") return Number(text.replace(",", "."));
  if (kind === "yes or no") return yes;
  if (kind === "list") return items;
  if (kind === "other") return other;
  return text === "" ? null : text;
}

/** What is wrong with a row, or null. `names`: those of all rows. */
export function problemOf(row: Row, names: readonly string[]): string | null {
  const name = row.name.trim();
  if (!name) return "Give it a name.";
  if (names.filter((other) => other.trim() === name).length > 1) return "Another property has this name.";
  if (row.kind === "number" && (row.text.trim() === "" || !Number.isFinite(Number(row.text.replace(",", "."))))) return "Write a number, such as 12.5.";
  if (row.kind === "date" && !DAY.test(row.text)) return "Choose a day.";
  return null;
}

/** The same row as another kind, with as much of its value as that kind can hold. */
export function asKind(row: Row, kind: Kind): Row {
  const text = row.kind === "list" ? row.items.join(", ") : row.kind === "yes or no" ? (row.yes ? "yes" : "no") : row.text;
  const items = text.split(",").flatMap((item) => item.trim() || []);
  const yes = ["yes", "true", "1"].includes(text.trim().toLowerCase());
  const keeps = kind !== "date" || DAY.test(text);
  return { ...row, kind, text: keeps ? text : "", items, yes };
}
