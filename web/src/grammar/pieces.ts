/**
 * The grammar of definitions as data: a form is one way a JSON object can look, said as a sentence with gaps.
 *
 * One table of forms (filters.ts, consent.ts, conditions.ts) is read by three: the builder draws it with controls in the
 * gaps, the pages say it in words (phrases.ts), and `gapsIn` tells what is still missing.
 */

export type Json = Record<string, unknown>;

export type FieldKind =
  | "text"
  | "texts"
  | "number"
  | "whole"
  | "date"
  | "choice"
  | "metric"
  | "group"
  | "flow"
  | "property"
  | "event-property"
  | "countries";

/** One gap, and the value in it. `at` is the path inside the form's object, with dots. */
export interface Field {
  at: string;
  kind: FieldKind;
  /** What it asks for; said to screen readers, and where it is missing. */
  label: string;
  start?: unknown;
  choices?: readonly (readonly [value: unknown, name: string])[];
  least?: number;
  most?: number;
}

/** A place where the object at `at` ("" is the form's own) can look in one of several ways. */
export interface Fork {
  at: string;
  label: string;
  forms: readonly Form[];
}

/** Any number of objects in a list at `at`; none is null. */
export interface Many {
  at: string;
  item: Fork;
  /** The button that adds one. */
  add: string;
  /** The words before the first and before each further one. */
  lead: string;
  join: string;
  least: number;
  most: number;
}

export type Piece = string | Field | Fork | Many;

export interface Form {
  name: string;
  /** What makes an object this form. null is the form of nothing given. */
  fixed: Json | null;
  sentence: readonly Piece[];
  /** The heading it stands under where there are many to choose from, and what it is for. */
  group?: string;
  hint?: string;
  /** Known and said in words, but not offered: only flows can ask it. */
  offered?: false;
}

export const isFork = (piece: Piece): piece is Fork => typeof piece !== "string" && "forms" in piece;
export const isMany = (piece: Piece): piece is Many => typeof piece !== "string" && "item" in piece;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

export function valueAt(value: unknown, at: string): unknown {
  if (at === "") return value;
  return at.split(".").reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

/** A copy of `value` with `part` at `at`; `undefined` takes the key away. */
export function withAt(value: unknown, at: string, part: unknown): unknown {
  if (at === "") return part;
  const [key = "", ...rest] = at.split(".");
  const { [key]: before, ...others } = isObject(value) ? value : {};
  const after = rest.length > 0 ? withAt(before, rest.join("."), part) : part;
  return after === undefined ? others : { ...others, [key]: after };
}

function matches(fixed: unknown, value: unknown): boolean {
  if (fixed === null) return value === null || value === undefined;
  if (!isObject(fixed)) return fixed === value;
  return isObject(value) && Object.entries(fixed).every(([key, part]) => matches(part, value[key]));
}

function weightOf(fixed: unknown): number {
  return isObject(fixed) ? Object.values(fixed).reduce<number>((sum, part) => sum + weightOf(part), 0) : 1;
}

/** The form that `value` (of which the fork's object is a part) has: of several that fit, the one that says most. */
export function formOf(fork: Fork, value: unknown): Form | undefined {
  const part = valueAt(value, fork.at);
  const fitting = fork.forms.filter(({ fixed }) => matches(fixed, part));
  return fitting.sort((one, other) => weightOf(other.fixed) - weightOf(one.fixed))[0];
}

const isText = (value: unknown) => typeof value === "string";
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isNumber = (value: unknown) => typeof value === "number";

const FITS: Partial<Record<FieldKind, (value: unknown) => boolean>> = {
  texts: isTexts,
  countries: isTexts,
  group: isTexts,
  number: isNumber,
  whole: Number.isInteger,
};

function fits({ kind, choices }: Field, value: unknown): boolean {
  if (choices) return choices.some(([choice]) => choice === value);
  return FITS[kind]?.(value) ?? isText(value);
}

/** A new object of `form`, with what `from` already says wherever it fits. */
export function made(form: Form, from: unknown = {}): unknown {
  return form.fixed && form.sentence.reduce<unknown>((object, piece) => filled(object, piece, from), form.fixed);
}

function filled(object: unknown, piece: Piece, from: unknown): unknown {
  if (typeof piece === "string") return object;
  const known = valueAt(from, piece.at);
  if (isFork(piece)) return withFork(object, piece, from);
  if (isMany(piece)) return withAt(object, piece.at, listOf(piece, known));
  const value = fits(piece, known) ? known : piece.start;
  return value === undefined ? object : withAt(object, piece.at, value);
}

function withFork(object: unknown, fork: Fork, from: unknown): unknown {
  const form = formOf(fork, from) ?? fork.forms[0];
  const part = form && made(form, valueAt(from, fork.at));
  return withAt(object, fork.at, isObject(part) ? joined(valueAt(object, fork.at), part) : part);
}

function joined(one: unknown, other: unknown): unknown {
  if (!isObject(one) || !isObject(other)) return other;
  return Object.entries(other).reduce<Json>((sum, [key, part]) => ({ ...sum, [key]: joined(sum[key], part) }), one);
}

function listOf({ item, least }: Many, known: unknown): unknown[] | null {
  const kept = Array.isArray(known) ? known.filter((one) => formOf(item, one)) : [];
  const first = item.forms[0];
  const missing = first ? Array.from({ length: Math.max(0, least - kept.length) }, () => made(first)) : [];
  return kept.length + missing.length > 0 ? [...kept, ...missing] : null;
}

/** `value` with the fork's object turned into `form`; what was said before is kept where it still means something. */
export function turned(fork: Fork, value: unknown, form: Form): unknown {
  const before = formOf(fork, value);
  const said = without(valueAt(value, fork.at), before?.fixed ?? null);
  const next = made(form, said);
  return withAt(value, fork.at, isObject(next) ? joined(before ? beside(before, said) : {}, next) : next);
}

/** What of an object belongs to those around `form`: a fork at "" shares its object with the form it stands in. */
function beside(form: Form, object: unknown): unknown {
  return form.sentence.reduce((left, piece) => {
    if (typeof piece === "string") return left;
    if (piece.at !== "" || !isFork(piece)) return withAt(left, piece.at, undefined);
    const inner = formOf(piece, object);
    return inner ? beside(inner, without(left, inner.fixed)) : left;
  }, object);
}

/** What the old form itself said was not said by a person. */
function without(value: unknown, fixed: unknown): unknown {
  if (!isObject(value) || !isObject(fixed)) return fixed === null ? value : undefined;
  const left = Object.entries(value).map(([key, part]) => [key, key in fixed ? without(part, fixed[key]) : part] as const);
  return Object.fromEntries(left.filter(([, part]) => part !== undefined));
}

export function isMissing(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

/** Labels of the gaps that are still open in the fork's object; empty when it is complete. */
export function gapsIn(fork: Fork, value: unknown): string[] {
  const form = formOf(fork, value);
  if (!form) return [fork.label];
  return form.sentence.flatMap((piece) => gapsOf(piece, valueAt(value, fork.at)));
}

function gapsOf(piece: Piece, object: unknown): string[] {
  if (typeof piece === "string") return [];
  if (isFork(piece)) return gapsIn(piece, object);
  const value = valueAt(object, piece.at);
  if (!isMany(piece)) return isMissing(value) ? [piece.label] : [];
  const items = Array.isArray(value) ? value : [];
  return items.length < piece.least ? [piece.add] : items.flatMap((item) => gapsIn(piece.item, item));
}
