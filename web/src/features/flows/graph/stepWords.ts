/** A flow's steps in words: what kind it is, and the one detail that tells it from the others. */

import type { FlowAction, FlowDefinition } from "../../../api/types";
import { words } from "../../../ui/format";
import { lineOf } from "../../../grammar/phrases";

type Json = Record<string, unknown>;

export type StepKind = "trigger" | "message" | "wait" | "split" | "change";

export interface StepWords {
  kind: StepKind;
  title: string;
  detail: string;
}

const KINDS: [RegExp, StepKind][] = [
  [/^send-/, "message"],
  [/delay|target-date/, "wait"],
  [/split|ab-test|experiment/, "split"],
];

const TITLES: Record<string, string> = {
  "send-email": "Send e-mail",
  "send-sms": "Send SMS",
  "send-mobile-push": "Send push",
  "send-whatsapp": "Send WhatsApp",
  "send-internal-alert": "Alert the team",
  "send-webhook": "Call a webhook",
  "time-delay": "Wait",
  "countdown-delay": "Wait for the date",
  "target-date": "Wait for the date",
  "back-in-stock-delay": "Wait until back in stock",
  "conditional-split": "Split",
  "trigger-split": "Split by the event",
  "update-profile": "Update the profile",
  "list-update": "Change list",
};

export function wordsOf(action: FlowAction): StepWords {
  const kind = KINDS.find(([pattern]) => pattern.test(action.type))?.[1] ?? "change";
  return { kind, title: TITLES[action.type] ?? words(action.type), detail: detailOf(action) };
}

function detailOf({ data, type }: FlowAction): string {
  const of = data ?? {};
  const message = (of.message ?? (of.main_action as Json | undefined)?.data ?? {}) as Json;
  if (type === "time-delay") return delayOf(of);
  if (type === "conditional-split" || type === "trigger-split") return conditionsOf(of.profile_filter ?? of.trigger_filter);
  if (type === "update-profile") return operationsOf(of.profile_operations);
  return textOf(message.subject_line) || textOf(message.name) || textOf(message.body) || textOf(message.url) || textOf(of.name);
}

function delayOf(data: Json): string {
  const unit = String(data.unit ?? "days");
  const time = `${String(data.value)} ${data.value === 1 ? unit.replace(/s$/, "") : unit}`;
  const until = typeof data.delay_until_time === "string" ? `, then until ${data.delay_until_time.slice(0, 5)}` : "";
  const days = Array.isArray(data.delay_until_weekdays) ? data.delay_until_weekdays.map((day) => words(String(day)).slice(0, 3)) : [];
  return `${time}${until}${days.length > 0 && days.length < 7 ? ` on ${days.join(", ")}` : ""}`;
}

function conditionsOf(filter: unknown): string {
  const groups = (filter as { condition_groups?: { conditions: Json[] }[] } | null)?.condition_groups ?? [];
  const sentence = (condition: Json) => lineOf(condition, (kind, id) => (kind === "metric" ? "the event" : id));
  return groups.map(({ conditions }) => conditions.map(sentence).join(" or ")).join(" and ");
}

function operationsOf(operations: unknown): string {
  if (!Array.isArray(operations)) return "";
  return operations.map(({ property_key, property_value }: Json) => `${String(property_key)} = ${shown(property_value)}`).join(", ");
}

function shown(value: unknown): string {
  return value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? "unset");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** `name` is that of the trigger's list, segment or metric, once it is known. */
export function triggerWords({ triggers }: FlowDefinition, name: string | undefined): StepWords {
  const trigger = triggers[0];
  const what = name ?? trigger?.id ?? "";
  const titles: Record<string, string> = {
    list: "Joins the list",
    segment: "Enters the segment",
    metric: "When this happens",
    date: "On a date",
    "price-drop": "A price drops",
    "low-inventory": "Stock runs low",
  };
  const date = textOf(trigger?.date_profile_property);
  return { kind: "trigger", title: titles[trigger?.type ?? ""] ?? "Trigger", detail: what || date || "Not set up yet" };
}
