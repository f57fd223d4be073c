/** What a person agreed to, read from `subscriptions` of a profile. */

type Json = Record<string, unknown>;

export interface Consent {
  channel: string;
  /** May a message of this kind be sent right now? */
  allowed: boolean;
  /** SUBSCRIBED, UNSUBSCRIBED, NEVER_SUBSCRIBED … as the API says it. */
  consent: string;
  since: string | null;
  method: string | null;
  /** Why nothing is sent in spite of everything, with its moment. */
  suppressions: string[];
}

const CHANNELS: [label: string, channel: string, kind: string][] = [
  ["E-mail marketing", "email", "marketing"],
  ["SMS marketing", "sms", "marketing"],
  ["SMS transactional", "sms", "transactional"],
  ["WhatsApp marketing", "whatsapp", "marketing"],
  ["Mobile push", "mobile_push", "marketing"],
];

function within(value: unknown, key: string): Json | undefined {
  const inner = (value as Json | null | undefined)?.[key];
  return inner !== null && typeof inner === "object" ? (inner as Json) : undefined;
}

export function consentsOf(subscriptions: Json | null | undefined): Consent[] {
  return CHANNELS.flatMap(([label, channel, kind]) => {
    const found = within(within(subscriptions, channel), kind);
    return found ? [consentOf(label, found)] : [];
  });
}

/** Whether the e-mail address is barred by hand. */
export function isSuppressed(subscriptions: Json | null | undefined): boolean {
  return consentsOf(subscriptions).some(({ channel, suppressions }) => channel === "E-mail marketing" && suppressions.length > 0);
}

function consentOf(channel: string, found: Json): Consent {
  const allowed = Object.entries(found).some(([name, value]) => name.startsWith("can_receive") && value === true);
  return {
    channel,
    allowed,
    consent: String(found.consent ?? "NEVER_SUBSCRIBED"),
    since: textOf(found.consent_timestamp),
    method: textOf(found.method),
    suppressions: [...reasonsOf(found.suppression), ...reasonsOf(found.list_suppressions)],
  };
}

function reasonsOf(entries: unknown): string[] {
  return Array.isArray(entries) ? entries.map((entry: Json) => String(entry.reason ?? "suppressed")) : [];
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
