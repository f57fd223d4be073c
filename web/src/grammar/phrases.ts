/** Conditions in words, by the same forms that the builder draws; what no form knows is shown by its own words. */

import { words } from "../ui/format";
import { CONDITION } from "./conditions";
import { formOf, isFork, isMany, valueAt, type Field, type Fork, type Many, type Piece } from "./pieces";
import { propertyName } from "./properties";

export type Named = "metric" | "group" | "flow";

/** A part of a sentence: plain words, a value somebody chose, or something known by its id. */
export interface Phrase {
  text: string;
  kind: "words" | "value" | Named;
}

export function phrasesOf(condition: unknown): Phrase[] {
  return counted(forkPhrases(CONDITION, condition));
}

/** One line without links; `nameOf` says what an id stands for. */
export function lineOf(condition: unknown, nameOf: (kind: Named, id: string) => string): string {
  const said = phrasesOf(condition).map(({ text, kind }) => (kind === "words" || kind === "value" ? text : nameOf(kind, text)));
  return said.join(" ").replace(/ ([,%])/g, "$1");
}

function forkPhrases(fork: Fork, value: unknown): Phrase[] {
  const form = formOf(fork, value);
  const own = valueAt(value, fork.at);
  if (!form) return [plain(unknown(own))];
  return [plain(form.name), ...form.sentence.flatMap((piece) => piecePhrases(piece, own))].filter(({ text }) => text !== "");
}

function piecePhrases(piece: Piece, object: unknown): Phrase[] {
  if (typeof piece === "string") return [plain(piece)];
  if (isFork(piece)) return forkPhrases(piece, object);
  return isMany(piece) ? manyPhrases(piece, object) : fieldPhrases(piece, valueAt(object, piece.at));
}

function manyPhrases({ at, item, lead, join }: Many, object: unknown): Phrase[] {
  const items = valueAt(object, at);
  if (!Array.isArray(items)) return [];
  return items.flatMap((one, place) => [plain(`, ${place === 0 ? lead : join}`), ...forkPhrases(item, one)]);
}

const NAMED: Partial<Record<Field["kind"], Named>> = { metric: "metric", group: "group", flow: "flow" };

function fieldPhrases(field: Field, value: unknown): Phrase[] {
  const kind = NAMED[field.kind];
  if (kind) return [value].flat().map((id) => ({ text: String(id ?? "…"), kind }));
  const choice = field.choices?.find(([one]) => one === value);
  return [choice ? plain(choice[1]) : { text: shown(field, value), kind: "value" }];
}

const countries = new Intl.DisplayNames("en", { type: "region" });

function shown({ kind }: Field, value: unknown): string {
  if (value === undefined) return "…";
  if (value === null) return "nothing";
  if (Array.isArray(value) && kind === "countries") return value.map((code) => countryOf(String(code))).join(", ");
  if (Array.isArray(value)) return value.map((one) => `“${String(one)}”`).join(", ");
  if (kind === "date") return String(value).slice(0, 10);
  if (kind === "property" || kind === "event-property") return propertyName(String(value));
  return typeof value === "string" ? `“${value}”` : String(value);
}

function countryOf(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code;
}

function unknown(value: unknown): string {
  const { type, ...rest } = (value ?? {}) as Record<string, unknown>;
  return `${words(String(type ?? "something"))}: ${JSON.stringify(rest)}`;
}

function plain(text: string): Phrase {
  return { text, kind: "words" };
}

const COUNTED = ["times", "hours", "days", "weeks", "entries"];

/** "1 times" is 1 time. */
function counted(phrases: Phrase[]): Phrase[] {
  return phrases.map((phrase, place) => {
    const one = phrases[place - 1]?.text === "1" && COUNTED.includes(phrase.text);
    return one ? { ...phrase, text: phrase.text.replace(/ies$/, "y").replace(/s$/, "") } : phrase;
  });
}
