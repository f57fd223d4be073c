/** Sentences of the composer. */

import { count } from "../../../ui/format";
import { shownValue } from "../../../ui/form/Changed";
import type { AbTest, Draft, Strategy } from "./document";
import type { Readiness } from "./queries";

export const STRATEGIES: { value: Strategy; label: string; description: string }[] = [
  { value: "immediate", label: "Now", description: "It waits for 30 seconds, in which you can take it back." },
  { value: "static", label: "At a time", description: "Everybody at one moment." },
  { value: "local_timezone", label: "At a time of each person’s own zone", description: "Nine in the morning is nine in the morning wherever they live." },
  { value: "throttled", label: "Gradually", description: "A part of the audience each hour, for a shop or a server that can’t take all at once." },
  { value: "smart_send_time", label: "At the hour people open", description: "On one day, each at the hour at which your mail is opened most." },
];

export const METRICS: { value: AbTest["winner_metric"]; label: string; words: string }[] = [
  { value: "opens_unique", label: "Opens", words: "opened by most" },
  { value: "clicks_unique", label: "Clicks", words: "clicked by most" },
  { value: "placed_orders_unique", label: "Placed orders", words: "that most people order from" },
];

/** "412 people", "1 person". */
export const people = (number: number) => `${count(number)} ${number === 1 ? "person" : "people"}`;

const quoted = (names: (string | null)[]) => names.map((name) => (name === null ? "something that was deleted" : `“${name}”`));

function listed(names: string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** Who gets it. */
export function who({ included, excluded, recipients }: Readiness): string {
  if (included.length === 0) return "Nobody gets it yet: choose whom it goes to.";
  const from = listed(quoted(included.map(({ name }) => name)));
  const but = excluded.length > 0 ? `, but nobody in ${listed(quoted(excluded.map(({ name }) => name)))}` : "";
  return `${people(recipients)} of ${from} ${recipients === 1 ? "gets" : "get"} it${but}.`;
}

/** "Tue 3 Dec 2026, 09:00" of what a clock shows; its zone is no matter. */
export function shownTime(at: string): string {
  const options: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
  return `${shownDay(at, options)}, ${at.slice(11, 16)}`;
}

export function shownDay(day: string, options: Intl.DateTimeFormatOptions = { dateStyle: "full", timeZone: "UTC" }): string {
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(`${day.slice(0, 10)}T00:00:00Z`));
}

const REASONS: Record<string, string> = {
  "Smart Sending": "who got another message lately",
  "Missing Email": "without an address",
  "Person Suppressed": "who unsubscribed or whose address is barred",
  "Missing Email Consent": "who did not subscribe",
};

/** Who of the audience does not get it; null where everybody does. */
export function passedOver({ passed_over }: Readiness): string | null {
  if (passed_over.length === 0) return null;
  return `Passed over: ${listed(passed_over.map(({ reason, count: number }) => `${count(number)} ${REASONS[reason] ?? reason}`))}.`;
}

/** When it goes. */
export function when({ strategy, at, day, percentage, passed_tomorrow }: Draft["sending"], timezone: string): string {
  if (strategy === "immediate") return "It goes out 30 seconds after you press the button; until then you can take it back.";
  if (strategy === "smart_send_time") return `It goes out on ${shownDay(day ?? "")}, to each at the hour at which most people open.`;
  const time = shownTime(at ?? "");
  if (strategy === "local_timezone") {
    const passed = passed_tomorrow ? "a day later" : "at once";
    return `It goes out on ${time} by each person’s own clock; where that has passed already, ${passed}.`;
  }
  if (strategy === "throttled") return `From ${time} (${timezone}) on, ${percentage} % of them get it each hour.`;
  return `It goes out on ${time} (${timezone}).`;
}

/** What becomes of the variations. */
export function test({ variations, ab_test }: Draft): string | null {
  if (variations.length < 2) return null;
  const parts = `${variations.length} variations`;
  if (!ab_test || ab_test.winner_percentage === 0) return `${parts} take turns, so that each goes to an equal part.`;
  const metric = METRICS.find(({ value }) => value === ab_test.winner_metric)?.words ?? "";
  const hours = ab_test.winner_wait_hours === 1 ? "1 hour" : `${ab_test.winner_wait_hours} hours`;
  return `${100 - (ab_test.winner_percentage ?? 0)} % get one of ${parts}. ${hours} later the others get the one ${metric}.`;
}

const FIELDS: Record<string, string> = {
  name: "Name", included: "Goes to", excluded: "Not to", smart_sending: "Smart sending", from_email: "Sender’s address",
  from_label: "Sender’s name", reply_to_email: "Reply-to", variations: "Variations", ab_test: "A/B test", add_utm: "Tracking parameters", utm: "Its own parameters",
  track_opens: "Following opens", track_clicks: "Following clicks", sending: "Time", subject: "Subject", preview_text: "Preview text",
  template_id: "Content", template_name: "Content",
};

/** A field's name, as of `joined`. */
export const fieldName = (field: string) => FIELDS[field.split(" of ")[0] ?? ""] ?? field;

export function fieldValue(value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null && "name" in each))
    return value.map(({ name, value: given }: { name: string; value?: string }) => (given === undefined ? name : `${name}=${given}`)).join(", ");
  if (value !== null && typeof value === "object" && "strategy" in value) {
    const { strategy, at, day } = value as Draft["sending"];
    return [STRATEGIES.find((each) => each.value === strategy)?.label, at ? shownTime(at) : day].filter(Boolean).join(", ");
  }
  return shownValue(value);
}
