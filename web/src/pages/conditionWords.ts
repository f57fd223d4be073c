/** Conditions of segments and flow filters as sentences; one of a kind not known here is shown by its own words. */

import type { Condition } from "../api/types";
import { words } from "../ui/format";

type Json = Record<string, unknown>;

/** A condition's sentence, and what it names by id so that the page can say the name. */
export interface Sentence {
  before: string;
  named: { kind: string; ids: string[] } | null;
  after: string;
}

export function sentenceOf(condition: Condition): Sentence {
  return (SENTENCES[String(condition.type)] ?? otherwise)(condition);
}

const SENTENCES: Record<string, (condition: Condition) => Sentence> = {
  "profile-metric": metric,
  "profile-property": (condition) => plain(`${propertyOf(condition.property)} ${filterOf(condition.filter)}`),
  "metric-property": (condition) => plain(`${propertyOf(condition.property ?? condition.field)} ${filterOf(condition.filter)}`),
  "profile-group-membership": membership,
  "profile-marketing-consent": consent,
  "profile-not-in-flow": () => plain("has not been in this flow"),
};

function metric(condition: Condition): Sentence {
  const time = timeOf(condition.timeframe_filter);
  const filters = Array.isArray(condition.metric_filters) ? condition.metric_filters : [];
  const where = filters.map((filter: Json) => `${propertyOf(filter.property)} ${filterOf(filter.filter)}`).join(" and ");
  const sum = condition.measurement === "sum" ? "total value of " : "";
  const measure = filterOf(condition.measurement_filter);
  const times = condition.measurement === "count" ? " times" : "";
  return {
    before: `${sum}`,
    named: { kind: "metric", ids: [String(condition.metric_id)] },
    after: `${measure}${times} ${time}${where && `, where ${where}`}`.trim(),
  };
}

function membership(condition: Condition): Sentence {
  const ids = Array.isArray(condition.group_ids) ? condition.group_ids.map(String) : [];
  return {
    before: condition.is_member === false ? "is not in" : "is in",
    named: { kind: "group", ids },
    after: timeOf(condition.timeframe_filter),
  };
}

function consent(condition: Condition): Sentence {
  const of = (condition.consent ?? {}) as Json;
  const verb = of.can_receive_marketing === false ? "cannot" : "can";
  return plain(`${verb} receive ${words(String(of.channel ?? "")).toLowerCase()} marketing`);
}

function otherwise(condition: Condition): Sentence {
  const { type, ...rest } = condition;
  return plain(`${words(String(type))}: ${JSON.stringify(rest)}`);
}

function plain(before: string): Sentence {
  return { before, named: null, after: "" };
}

/** `properties['Favorite Color']` is how the API writes it; people read Favorite Color. */
function propertyOf(path: unknown): string {
  return String(path ?? "").replace(/^properties\[['"](.*)['"]\]$/, "$1");
}

const SIGNS: Record<string, string> = {
  equals: "is",
  "not-equals": "is not",
  "greater-than": "more than",
  "greater-than-or-equal": "at least",
  "less-than": "fewer than",
  "less-than-or-equal": "at most",
  "is-set": "is set",
  "not-set": "is not set",
  in: "is one of",
  "not-in": "is none of",
};

function filterOf(filter: unknown): string {
  const of = (filter ?? {}) as Json;
  if (of.type === "date") return timeOf(filter);
  const operator = String(of.operator ?? "");
  const sign = operator === "equals" && of.type === "numeric" ? "exactly" : (SIGNS[operator] ?? words(operator).toLowerCase());
  return `${sign} ${valueOf(of.value)}`.trim();
}

function valueOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "string" ? `“${value}”` : String(value);
}

function timeOf(filter: unknown): string {
  if (!filter) return "";
  const of = filter as Json;
  if (of.operator === "alltime") return "over all time";
  const span = of.quantity === undefined ? "" : `${String(of.quantity)} ${String(of.unit)}${of.quantity === 1 ? "" : "s"}`;
  const range = of.start === undefined ? "" : `${String(of.start)} and ${String(of.end)} ${String(of.unit ?? "")}`;
  return `${words(String(of.operator)).toLowerCase()} ${span || range || String(of.date ?? of.value ?? "")}`.trim();
}
