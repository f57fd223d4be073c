/** Events of nobody yet, in the browser until somebody is known: at most 10,000, 5 MB, and 14 days old. */

import { local, store, stored, type Config, type Json } from "./config";
import type { Event } from "./events";
import { isForLater, post } from "./send";

const KEY = "kl-post-identification-sync";
const MOST = 10_000;
const LONGEST = 5_000_000;
const OLDEST = 14 * 86_400_000;
const BATCH = 1000;

export class Kept {
  private sending = false;

  constructor(private readonly config: Config) {}

  /** False when the browser keeps nothing. */
  add(event: Event): boolean {
    return written([...read(), { ...event, time: event.time ?? new Date().toISOString() }]);
  }

  /** Send all there is, and forget what arrived. What the server refuses would be refused again, so it goes too.
   * Another tab may be at it as well, or keep more meanwhile: only what was sent here is taken away. */
  async send(person: Json): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let events = read(); events.length; events = read()) {
        const batch = events.slice(0, BATCH);
        if (!(await this.sent(batch, person))) break;
        written(without(read(), batch));
      }
    } finally {
      this.sending = false;
    }
  }

  /** A batch that is refused is divided until the event stands alone that can't be taken. False = try later. */
  private async sent(batch: Event[], person: Json): Promise<boolean> {
    const answer = await post(this.config, "event-bulk-create", body(batch, person));
    if (isForLater(answer)) return false;
    if (answer.status < 300 || batch.length < 2) return true;
    const half = batch.length >> 1;
    return (await this.sent(batch.slice(0, half), person)) && (await this.sent(batch.slice(half), person));
  }
}

/** What is left of them when these are gone, each as often as it is there. */
function without(events: Event[], gone: Event[]): Event[] {
  const counts = new Map<string, number>();
  for (const one of gone.map((event) => JSON.stringify(event))) counts.set(one, (counts.get(one) ?? 0) + 1);
  return events.filter((event) => {
    const text = JSON.stringify(event);
    const left = counts.get(text) ?? 0;
    if (left) counts.set(text, left - 1);
    return !left;
  });
}

function body(batch: Event[], person: Json): Json {
  const events = { data: batch.map((attributes) => ({ type: "event", attributes })) };
  const profile = { data: { type: "profile", attributes: person } };
  return { type: "event-bulk-create", attributes: { profile, events } };
}

function read(): Event[] {
  const found = stored(local, KEY, (text): unknown => JSON.parse(text));
  return Array.isArray(found) ? found.filter(isEvent) : [];
}

function isEvent(one: Partial<Event> | null): one is Event {
  return Boolean(one?.metric && one.properties && one.time && Date.now() - Date.parse(one.time) < OLDEST);
}

/** The newest of them, as many as there is room for. */
function written(events: Event[]): boolean {
  for (let newest = events.slice(-MOST); newest.length; newest = newest.slice(Math.ceil(newest.length / 4))) {
    const text = JSON.stringify(newest);
    if (text.length <= LONGEST && store(local, KEY, text)) return true;
  }
  store(local, KEY, null);
  return events.length === 0;
}
