/** Universal content: a block or section that is kept once and shown by many templates. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask, askPages, isAbout, useSend, type Answer, type AttributesOf } from "../../../api/ask";
import { send, versionOf } from "../../../api/client";
import { outcomeOf, type Outcome } from "../../../editor/outcome";
import { BLANK, sectionWire } from "../blank";
import { kindOf } from "../blocks";
import type { Content } from "../edit/Editor";
import { askWho } from "../queries";
import type { Wire } from "../tree";

export type Universal = AttributesOf<"get_all_universal_content">;

const TYPE = "template-universal-content";

export const useAllUniversal = (sort = "name", size = 20) => useInfiniteQuery(askPages("get_all_universal_content", { query: { sort, "page[size]": size } }));

export const useUniversal = (id: string) => useQuery({ ...ask("get_universal_content", { path: { id } }), retry: false });

/** Opened once, as a template is. */
export const useOpenedUniversal = (id: string) =>
  useQuery({ ...ask("get_universal_content", { path: { id } }), queryKey: ["universal editor", id], staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false, refetchOnReconnect: false });

/** The first templates that show it. */
export const useShowing = (id: string, on = true) => useQuery({ ...ask("get_templates_for_universal_content", { path: { id } }), enabled: on });

export const useCreateUniversal = () =>
  useSend("create_universal_content", ({ name, definition }: { name: string; definition: Wire }) => ({ data: { type: TYPE, attributes: { name, definition } } as never }));

export const useCloneUniversal = () =>
  useSend("clone_universal_content", ({ id, name }: { id: string; name: string }) => ({ data: { type: TYPE, id, attributes: { id, name } } as never }));

export const useDeleteUniversal = (id: string) => useSend("delete_universal_content", () => ({ path: { id } }), "none");

/** What kind of thing it is, in words. */
export const kindWordsOf = ({ definition }: Universal) => (isSection(definition) ? "Section" : kindOf(String(definition.type)).label);

export const isSection = (definition: Wire) => definition.content_type === "section";

/** A definition without what names it in a template. */
export const bare = (definition: Wire): Wire => Object.fromEntries(Object.entries(definition).filter(([name]) => !NAMES.includes(name)));

const NAMES = ["id", "data_id", "universal_id"];

/** A template around it, for the editor: of universal content one edits no styles of the whole. */
export function around(definition: Wire): Wire {
  const section = isSection(definition) ? definition : sectionWire(definition);
  return { ...BLANK, body: { ...(BLANK.body as Wire), sections: [section] } };
}

/** What `around` put in, and where it lies; null where by now there is more or less than that one thing. */
export function within(definition: Wire, wasSection: boolean): { part: Wire; pointer: string } | null {
  const [section, ...others] = listOf((definition.body as Wire).sections);
  if (!section || others.length > 0) return null;
  if (wasSection) return { part: section, pointer: "/body/sections/0" };
  const [row, ...rows] = listOf(section.rows);
  const [column, ...columns] = listOf(row?.columns);
  const [block, ...blocks] = listOf(column?.blocks);
  const isOne = block && rows.length + columns.length + blocks.length === 0;
  return isOne ? { part: block, pointer: "/body/sections/0/rows/0/columns/0/blocks/0" } : null;
}

const listOf = (value: unknown): Wire[] => (Array.isArray(value) ? (value as Wire[]) : []);

const PREFIX = "/data/attributes/definition";

export function useSaveUniversal(id: string, wasSection: boolean) {
  const client = useQueryClient();
  return async ({ name, definition }: Content, version: string | null): Promise<Outcome> => {
    const found = within(definition, wasSection);
    if (!found) return { kind: "refused", problems: [{ detail: wasSection ? NOT_ONE_SECTION : NOT_ONE_BLOCK, pointer: null }] };
    try {
      const attributes = { name, definition: found.part };
      const answer = await send<Answer<"get_universal_content">>("PATCH", `/api/${TYPE}/${id}`, { type: TYPE, id, attributes }, undefined, version ?? undefined);
      void client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, [TYPE, "template", "campaign-preview"]) });
      return { kind: "saved", version: versionOf(answer) ?? null };
    } catch (error) {
      askWho(client, error);
      const outcome = outcomeOf(error);
      if (outcome.kind !== "refused") return outcome;
      const problems = outcome.problems.map(({ detail, pointer }) => ({ detail, pointer: pointer?.replace(PREFIX, PREFIX + found.pointer) ?? null }));
      return { kind: "refused", problems };
    }
  };
}

const NOT_ONE_SECTION = "Universal content is one section. Take the others out, or save each by itself.";
const NOT_ONE_BLOCK = "This universal content is one block. Take the others out, or save each by itself.";
