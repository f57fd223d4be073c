/** What `identify` is told, sorted: names, attributes, location, properties. Each goes with and without its `$`. */

import type { Json } from "./config";
import { isExchangeId, type Names } from "./identity";

const NAMES: Record<string, keyof Names> = {
  email: "email",
  phone_number: "phone_number",
  id: "external_id",
  external_id: "external_id",
  exchange_id: "_kx",
  _kx: "_kx",
};
const ATTRIBUTES = ["first_name", "last_name", "organization", "title", "image", "locale"];
const LOCATION = ["address1", "address2", "city", "country", "region", "zip", "timezone", "latitude", "longitude"];
const EMAIL = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+\.[a-z]{2,}$/i;
const PHONE = /^\+?[1-9]\d{1,14}$/;

export interface Said {
  names: Names;
  attributes: Json;
  location: Json;
  properties: Json;
}

export const nothing = (): Said => ({ names: {}, attributes: {}, location: {}, properties: {} });

/** A name that can't be one (an address without an @) is left out, so that the rest is not refused for it. */
export function sorted(given: Json, company: string): Said {
  const said = nothing();
  for (const [key, value] of Object.entries(given)) {
    const plain = key.replace(/^\$/, "");
    const name = NAMES[plain];
    if (name) {
      const text = named(name, value, company);
      if (text) said.names[name] = text;
    } else if (ATTRIBUTES.includes(plain)) said.attributes[plain] = typeof value === "number" ? String(value) : value;
    else if (LOCATION.includes(plain)) said.location[plain] = value;
    else if (key === "location" && typeof value === "object") Object.assign(said.location, value);
    else said.properties[key] = value;
  }
  return said;
}

function named(name: keyof Names, value: unknown, company: string): string | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = String(value).trim();
  if (name === "email") return EMAIL.test(text) ? text : null;
  if (name === "phone_number") return PHONE.test(text) ? text.replace(/^\+?/, "+") : null;
  if (name === "_kx") return isExchangeId(text, company) ? text : null;
  return text || null;
}

export function merged(one: Said, other: Said): Said {
  return {
    names: { ...one.names, ...other.names },
    attributes: { ...one.attributes, ...other.attributes },
    location: { ...one.location, ...other.location },
    properties: { ...one.properties, ...other.properties },
  };
}
