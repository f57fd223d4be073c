/** A profile as its form edits it, as a flat record for joining two people's changes, and as the API takes a change. */

import type { Profile } from "../../api/types";
import type { Values } from "../../ui/form/join";
import { rowOf, valueOf, type Row } from "./properties";

/** Field and label, in the order of the form. */
export const WHO = [
  ["first_name", "First name"],
  ["last_name", "Last name"],
  ["email", "E-mail"],
  ["phone_number", "Phone"],
  ["external_id", "External ID"],
  ["organization", "Organization"],
  ["title", "Title"],
  ["locale", "Language"],
] as const;
export const WHERE = [
  ["address1", "Address"],
  ["address2", "Address, second line"],
  ["zip", "Postal code"],
  ["city", "City"],
  ["region", "Region"],
  ["country", "Country"],
  ["timezone", "Timezone"],
] as const;

type Text = (typeof WHO)[number][0] | (typeof WHERE)[number][0];
export type Draft = Record<Text, string> & { properties: Row[] };

const LABELS: Record<string, string> = Object.fromEntries([...WHO, ...WHERE]);
const PROPERTY = "properties.";

const isPlace = (field: string): boolean => WHERE.some(([name]) => name === field);

/** "properties.tier" is "tier", everything else goes by its label. */
export function labelOf(field: string): string {
  return field.startsWith(PROPERTY) ? field.slice(PROPERTY.length) : (LABELS[field] ?? field);
}

export function flatOfProfile(profile: Partial<Profile>): Values {
  const given = profile as Values;
  const place = (given.location ?? {}) as Values;
  const texts = [...WHO.map(([field]) => [field, given[field] ?? null]), ...WHERE.map(([field]) => [field, place[field] ?? null])];
  const properties = Object.entries(profile.properties ?? {}).map(([name, value]) => [PROPERTY + name, value]);
  return Object.fromEntries([...texts, ...properties]);
}

export function draftOf(flat: Values): Draft {
  const texts = [...WHO, ...WHERE].map(([field]) => [field, String(flat[field] ?? "")]);
  const properties = Object.keys(flat)
    .filter((field) => field.startsWith(PROPERTY))
    .map((field) => rowOf(field.slice(PROPERTY.length), flat[field]));
  return { ...Object.fromEntries(texts), properties } as Draft;
}

export function flatOf(draft: Draft): Values {
  const texts = [...WHO, ...WHERE].map(([field]) => [field, draft[field].trim() || null]);
  return Object.fromEntries([...texts, ...draft.properties.map((row) => [PROPERTY + row.name.trim(), valueOf(row)])]);
}

/** The body of a change of these fields; a property that is gone is taken away by name. */
export function changeOf(flat: Values, fields: readonly string[]) {
  const attributes: Values = {};
  const location: Values = {};
  const properties: Values = {};
  const unset: string[] = [];
  for (const field of fields) {
    if (!field.startsWith(PROPERTY)) (isPlace(field) ? location : attributes)[field] = flat[field];
    else if (field in flat) properties[field.slice(PROPERTY.length)] = flat[field];
    else unset.push(field.slice(PROPERTY.length));
  }
  const filled = { ...attributes, ...withAny("location", location), ...withAny("properties", properties) };
  return { attributes: filled, ...(unset.length > 0 ? { meta: { patch_properties: { unset } } } : {}) };
}

const withAny = (name: string, values: Values) => (Object.keys(values).length > 0 ? { [name]: values } : {});
