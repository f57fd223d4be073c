/** `track`: an event of whoever is known is sent, one of nobody yet is kept. */

import type { Config, Json } from "./config";
import type { Identity } from "./identity";
import { Kept } from "./kept";
import { post } from "./send";

/** An event's attributes as the API takes them, without the person. */
export type Event = Json & { metric: Json; properties: Json; time?: string };

export class Events {
  private readonly kept: Kept;

  constructor(
    private readonly config: Config,
    private readonly identity: Identity,
  ) {
    this.kept = new Kept(config);
  }

  /** True when it was sent or kept. */
  async record(name: string, given: Json): Promise<boolean> {
    const event = eventOf(name, given);
    const names = this.identity.names();
    if (!this.identity.isKnown) return this.kept.add(event);
    const profile = { data: { type: "profile", attributes: names } };
    const answer = await post(this.config, "events", { type: "event", attributes: { ...event, profile } });
    return answer.status === 202;
  }

  /** Send what was kept. Only the server's own word for the person is sure to mean one. */
  async sendKept(): Promise<void> {
    const exchangeId = this.identity.exchangeId;
    if (exchangeId) await this.kept.send({ _kx: exchangeId });
  }
}

/** `time`, `$value`, `$value_currency` and `$event_id` are the event's own; the rest are its properties. */
function eventOf(name: string, given: Json): Event {
  const { time, $value, $value_currency, $event_id, ...rest } = given;
  const event: Event = {
    metric: { data: { type: "metric", attributes: { name } } },
    properties: { ...rest, $use_ip: true, $is_session_activity: true },
  };
  const at = moment(time);
  if (at !== null) event.time = at;
  else if (time !== undefined) event.properties["time"] = time;
  const value = typeof $value === "string" ? Number.parseFloat($value) : $value;
  if (typeof value === "number" && Number.isFinite(value)) event["value"] = value;
  if (typeof $value_currency === "string") event["value_currency"] = $value_currency;
  if ($event_id !== undefined && $event_id !== null) event["unique_id"] = String($event_id);
  return event;
}

/** A date, a text of one, or seconds since 1970, as ISO 8601; null for anything else. */
function moment(given: unknown): string | null {
  const found = new Date(typeof given === "number" ? given * 1000 : (given as string | Date | undefined) ?? "");
  return Number.isNaN(found.getTime()) ? null : found.toISOString();
}
