/** Who uses this browser, as the cookie `__kla_id` says: base64 of JSON, for 730 days. */

import { readCookie, topDomain, writeCookie } from "./cookie";
import type { Config, Json } from "./config";

const COOKIE = "__kla_id";
const DAYS = 730;
const LONGEST = 3000;
const KX = "$exchange_id";
/** Names a person goes by in the cookie, and in the API. */
const NAMES = { $email: "email", $phone_number: "phone_number", $id: "external_id", [KX]: "_kx" } as const;
const KEYS = Object.keys(NAMES) as (keyof typeof NAMES)[];

export type Name = (typeof NAMES)[keyof typeof NAMES];
export type Names = Partial<Record<Name, string>>;

/** An exchange id is sealed text, a dot and the company it belongs to. */
export function isExchangeId(text: unknown, company: string): text is string {
  return typeof text === "string" && /^[\w\-=]+\.(\w+)$/.exec(text)?.[1] === company;
}

/** Two that can't be said of one person. */
export function differ(one: Names, other: Names): boolean {
  return Object.entries(one).some(([name, value]) => (other[name as Name] ?? value) !== value);
}

export class Identity {
  private said: Json = {};
  private domain: string | null | undefined;

  constructor(private readonly config: Config) {}

  /** Read the cookie, which another tab may have written too. What another company said in it, or nobody can read, is
   * left out; without a cookie, because the browser takes none, the page's own memory has to do. */
  load(): void {
    const text = readCookie(COOKIE);
    if (text !== null) this.said = decoded(text);
    if (!isExchangeId(this.said[KX], this.config.company)) this.without(KX);
    if (typeof this.said["cid"] !== "string") this.said["cid"] = btoa(uuid());
  }

  /** What is kept beside the names: times and referrers. */
  note(key: string): unknown {
    return this.said[key];
  }

  keep(values: Json): void {
    Object.assign(this.said, values);
    this.save();
  }

  /** In the words of the API; empty for nobody. */
  names(): Names {
    const found: Names = {};
    for (const key of KEYS) {
      const value = this.said[key];
      if (typeof value === "string" && value) found[NAMES[key]] = value;
    }
    return found;
  }

  get isKnown(): boolean {
    return Object.keys(this.names()).length > 0;
  }

  get exchangeId(): string | null {
    return this.names()._kx ?? null;
  }

  /** Somebody with another name is somebody else, of whom nothing is known yet. */
  learn(names: Names): void {
    if (Object.keys(names).length === 0) return;
    if (differ(this.names(), names)) this.without(...KEYS);
    for (const key of KEYS) if (names[NAMES[key]]) this.said[key] = names[NAMES[key]];
    this.save();
  }

  forget(name: Name): void {
    this.without(...KEYS.filter((key) => NAMES[key] === name));
    this.save();
  }

  /** The server knows the person by `exchangeId` from now on, so the names that were sent need not be kept. */
  answered(sent: Names, exchangeId: string): void {
    this.load();
    this.without(...KEYS.filter((key) => this.said[key] === sent[NAMES[key]]));
    this.keep({ [KX]: exchangeId });
  }

  useDomain(domain: string): void {
    if (this.domain !== undefined) writeCookie(COOKIE, "", 0, this.domain);
    this.domain = domain.replace(/^\./, "") || null;
    this.save();
  }

  private without(...keys: string[]): void {
    this.said = Object.fromEntries(Object.entries(this.said).filter(([one]) => !keys.includes(one)));
  }

  private save(): void {
    if (this.domain === undefined) this.domain = topDomain();
    const text = encoded(this.said);
    if (encodeURIComponent(text).length > LONGEST) {
      this.said = {};
      writeCookie(COOKIE, "", 0, this.domain);
    } else writeCookie(COOKIE, text, DAYS, this.domain);
  }
}

/** Plain ASCII, and nothing that base64 would write as `+`: a cookie's reader may take that for a space. */
function encoded(value: Json): string {
  const text = JSON.stringify(value).replace(
    /[>~\u007f-\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return btoa(text);
}

function decoded(text: string | null): Json {
  if (text === null || encodeURIComponent(text).length > LONGEST) return {};
  try {
    const found: unknown = JSON.parse(atob(text));
    return typeof found === "object" && found !== null && !Array.isArray(found) ? { ...found } : {};
  } catch {
    return {};
  }
}

/** `crypto.randomUUID` is there on https only. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
