/** The script on a shop's pages: who is here, and what they do. */

import { install } from "./calls";
import { local, stored, type Config, type Json } from "./config";
import { readCookie } from "./cookie";
import { Events } from "./events";
import { Identity } from "./identity";
import { People } from "./people";
import { look, viewedItems } from "./viewed";
import { activity, begins, follower, remembered } from "./visit";

const ACTIVE = "Active on Site";
const OFF = "__kla_off";
const BOT = /bot\b|crawl|spider|slurp|preview|lighthouse|facebookexternalhit|mediapartners|bingpreview|pingdom/i;
/** The server records an event with this id once for each person and metric. */
const ONCE = "once";

class Script {
  private readonly identity: Identity;
  private readonly people: People;
  private readonly events: Events;
  private arrived = false;

  constructor(private readonly config: Config) {
    this.identity = new Identity(config);
    this.events = new Events(config, this.identity);
    this.people = new People(config, this.identity, () => this.besides(), () => void this.events.sendKept());
  }

  /** What pages can call. Each answers undefined while nothing may be tracked. */
  methods(): Record<string, (...args: unknown[]) => unknown> {
    return {
      account: () => this.config.company,
      cookieDomain: (domain) => this.here() && (this.identity.useDomain(String(domain)), domain),
      isIdentified: () => this.here() && this.identity.isKnown,
      identify: (said) => (this.here() ? this.identify(object(said)) : undefined),
      track: (name, said) => (this.here() ? this.events.record(String(name), object(said)) : undefined),
      trackOnce: (name, said) =>
        this.here() ? this.events.record(String(name), { $event_id: ONCE, ...object(said) }) : undefined,
      trackViewedItem: (item) => (this.here() ? this.viewed(object(item)) : undefined),
    };
  }

  /** Whether this page may be tracked; the first time it may, the visit is noted. */
  here(): boolean {
    if (BOT.test(navigator.userAgent) || isOff()) return false;
    this.identity.load();
    if (!this.arrived) {
      this.arrived = true;
      this.arrive();
    }
    return true;
  }

  private arrive(): void {
    const named = follower(this.config);
    if (!this.identity.isKnown) this.identity.learn(remembered(this.config));
    const fresh = begins(this.identity);
    const told = Object.keys(named).length > 0;
    // who was known without the server's word is named again; an old word is asked about
    if (told || (this.identity.isKnown && (fresh || !this.identity.exchangeId))) void this.people.say(named);
    else void this.events.sendKept();
    void this.events.record(ACTIVE, activity());
    addEventListener("pagehide", () => this.people.flush());
  }

  private async identify(said: Json): Promise<Json> {
    await this.people.say(said);
    return this.identity.names();
  }

  private async viewed(item: Json): Promise<boolean> {
    look(item);
    if (this.identity.isKnown) await this.people.say({});
    return true;
  }

  private besides(): Json {
    const items = viewedItems();
    const from = { $referrer: this.identity.note("$referrer"), $last_referrer: this.identity.note("$last_referrer") };
    return { ...from, ...(items.length ? { $viewed_items: items } : {}) };
  }
}

function isOff(): boolean {
  return readCookie(OFF) === "true" || stored(local, OFF, String) === "true";
}

function object(given: unknown): Json {
  return typeof given === "object" && given !== null ? { ...given } : {};
}

/** Called by the server's last line of the script. */
export function start(config: Config): void {
  const script = new Script(config);
  if (install(script.methods())) script.here();
}
