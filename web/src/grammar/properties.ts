/** A profile's fields as the API names them, and as people do. */

/** API name -> what people call it (behaviour-people 1.1); everything else is the store's own property. */
const KNOWN: Record<string, string> = {
  email: "E-mail",
  phone_number: "Phone number",
  first_name: "First name",
  last_name: "Last name",
  external_id: "External ID",
  anonymous_id: "Anonymous ID",
  organization: "Organization",
  title: "Title",
  locale: "Language",
  image: "Image",
  created: "Created",
  updated: "Updated",
  last_event_date: "Last event",
  "location['address1']": "Address",
  "location['address2']": "Address, second line",
  "location['city']": "City",
  "location['region']": "Region",
  "location['zip']": "Postal code",
  "location['country']": "Country",
  "location['timezone']": "Timezone",
  "location['latitude']": "Latitude",
  "location['longitude']": "Longitude",
};

export const KNOWN_NAMES = Object.values(KNOWN);

const OWN = /^properties\[(?:'(.*)'|"(.*)")\]$/s;

/** `properties['Favorite Color']` is read Favorite Color; a property that is called like a field keeps its full name. */
export function propertyName(path: string): string {
  const known = KNOWN[path.replace(/^location\["(.*)"\]$/, "location['$1']")];
  if (known) return known;
  const found = OWN.exec(path);
  const name = found?.[1] ?? found?.[2];
  return name === undefined || KNOWN_NAMES.includes(name) ? path : name;
}

/** The way back: what was typed or picked, as the API writes it; nothing typed is nothing. */
export function propertyPath(name: string): string | undefined {
  if (name === "") return undefined;
  if (/^(properties|location)\[/.test(name)) return name;
  return Object.keys(KNOWN).find((path) => KNOWN[path] === name) ?? `properties['${name}']`;
}
