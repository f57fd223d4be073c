/** Reading JSON:API documents: pages into rows, references into what they point at. */

import type { Many, Ref, Resource } from "./types";

export function rowsOf<Attributes>(data: { pages: Many<Attributes>[] } | undefined): Resource<Attributes>[] | undefined {
  return data?.pages.flatMap((page) => page.data);
}

export type Included = Map<string, Resource<Record<string, unknown>>>;

export function includedOf(data: { pages: Many<unknown>[] } | undefined): Included {
  const records = data?.pages.flatMap((page) => page.included ?? []) ?? [];
  return new Map(records.map((record) => [`${record.type}:${record.id}`, record]));
}

export function refOf(resource: Resource<unknown>, relationship: string): Ref | undefined {
  const data = resource.relationships?.[relationship]?.data;
  return Array.isArray(data) ? data[0] : (data ?? undefined);
}

export function related(resource: Resource<unknown>, relationship: string, included: Included) {
  const ref = refOf(resource, relationship);
  return ref && included.get(`${ref.type}:${ref.id}`);
}
