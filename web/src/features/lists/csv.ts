/** Members of a list as a file for spreadsheets. */

import type { Profile, Resource } from "../../api/types";

type Member = Resource<Profile & { joined_group_at?: string | null }>;
type Json = Record<string, unknown>;

const within = (value: unknown, key: string): unknown => (value as Json | null | undefined)?.[key];
const consent = (channel: string, name: string) => ({ attributes }: Member) => within(within(within(attributes.subscriptions, channel), "marketing"), name);
const plain = (name: keyof Profile) => ({ attributes }: Member) => attributes[name];
const place = (name: string) => ({ attributes }: Member) => within(attributes.location, name);

/** Head and value, in the order of the columns. */
const COLUMNS: [head: string, value: (member: Member) => unknown][] = [
  ["Profile ID", ({ id }) => id],
  ["Email", plain("email")],
  ["Phone number", plain("phone_number")],
  ["External ID", plain("external_id")],
  ["First name", plain("first_name")],
  ["Last name", plain("last_name")],
  ["Organization", plain("organization")],
  ["Title", plain("title")],
  ["Language", plain("locale")],
  ["City", place("city")],
  ["Region", place("region")],
  ["Country", place("country")],
  ["Joined", ({ attributes }) => attributes.joined_group_at],
  ["Email consent", consent("email", "consent")],
  ["Email consent since", consent("email", "consent_timestamp")],
  ["Email may be sent", consent("email", "can_receive_email_marketing")],
  ["SMS consent", consent("sms", "consent")],
  ["SMS consent since", consent("sms", "consent_timestamp")],
  ["SMS may be sent", consent("sms", "can_receive_sms_marketing")],
];

export function csvOf(members: readonly Member[]): string {
  const lines = [COLUMNS.map(([head]) => head), ...members.map((member) => COLUMNS.map(([, value]) => value(member)))];
  return lines.map((cells) => `${cells.map(cellOf).join(",")}\r\n`).join("");
}

/** A text that a spreadsheet would calculate gets an apostrophe in front; a phone number is none. */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  const safe = /^[=@+\-\t\r]/.test(text) && !/^\+\d+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
