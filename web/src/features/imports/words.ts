import { count } from "../../ui/format";
import type { Import, ImportKind } from "./queries";

export const KINDS: { value: ImportKind; label: string }[] = [
  { value: "profiles", label: "People" },
  { value: "orders", label: "Orders" },
  { value: "events", label: "Other events" },
];

export const kindWords = (kind: ImportKind): string => KINDS.find(({ value }) => value === kind)?.label ?? kind;

const STATUSES: Record<string, string> = {
  draft: "Not started",
  checking: "Being checked",
  checked: "Checked",
  running: "Under way",
  complete: "Complete",
  cancelled: "Cancelled",
  failed: "Failed",
};

export const statusWords = (status: string): string => STATUSES[status] ?? status;

const TARGETS: Record<string, string> = {
  id: "Profile ID",
  external_id: "Customer number",
  email: "E-mail address",
  phone_number: "Telephone number",
  anonymous_id: "Anonymous ID",
  first_name: "First name",
  last_name: "Last name",
  organization: "Organization",
  locale: "Language",
  title: "Title",
  image: "Picture",
  unique_id: "Its own number",
  time: "When it happened",
  value: "Value",
  value_currency: "Currency",
  metric: "What happened",
  email_consent: "E-mail consent",
  email_consent_at: "E-mail consent: when",
  sms_consent: "SMS consent",
  sms_consent_at: "SMS consent: when",
  sms_transactional_consent: "SMS consent, transactional",
  sms_transactional_consent_at: "SMS consent, transactional: when",
};

/** What a column can become, as a person says it. */
export function targetWords(target: string): string {
  if (target.startsWith("location.")) {
    const part = target.slice("location.".length);
    return `Address: ${part === "address1" ? "street" : part === "address2" ? "second line" : part}`;
  }
  return TARGETS[target] ?? target;
}

/** What the file holds for the account: as it would be, or as it is. */
export function outcomeWords({ kind, counts, refused, status }: Import): string {
  const over = status !== "checked";
  const parts = kind === "profiles" ? peopleWords(counts, over) : [`${many(counts.events ?? 0, "event")} ${over ? "were" : "will be"} recorded`];
  return `${[...parts, `${many(refused, "row")} refused`].join(", ")}.`;
}

function peopleWords({ added = 0, updated = 0 }: Import["counts"], over: boolean): string[] {
  const verb = over ? (added === 1 ? "was" : "were") : "will be";
  return [`${added === 1 ? "1 person" : `${count(added)} people`} ${verb} added`, `${count(updated)} changed`];
}

/** What becomes of list and consent, each as a sentence. */
export function effectWords({ counts, status }: Import): string[] {
  const over = status !== "checked";
  const said: [number | undefined, string, string][] = [
    [counts.joined, "join the list", "joined the list"],
    [counts.subscribed, "are subscribed, unless they said no since", "are newly subscribed"],
    [counts.unsubscribed, "are unsubscribed", "are newly unsubscribed"],
    [counts.suppressed, "are suppressed", "are newly suppressed"],
    [counts.left, "said no since", "said no after that date and stay as they are"],
  ];
  return said.filter(([number]) => number).map(([number, before, after]) => `${count(number)} ${over ? after : before}.`);
}

const many = (number: number, thing: string) => `${count(number)} ${thing}${number === 1 ? "" : "s"}`;
