/** The filter language of the API, as far as the pages need it. */

function quoted(value: string): string {
  return `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

export function equals(field: string, value: string | null | undefined): string | undefined {
  return value ? `equals(${field},${quoted(value)})` : undefined;
}

export function contains(field: string, value: string | null | undefined): string | undefined {
  return value ? `contains(${field},${quoted(value)})` : undefined;
}

/** All of the given conditions; `undefined` ones are left out, and nothing at all is no filter. */
export function all(...conditions: (string | undefined)[]): string | undefined {
  return conditions.filter(Boolean).join(",") || undefined;
}
