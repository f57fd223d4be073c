/** Questions and changes by the name of their operation: address, scopes and shapes come from the API's declarations
 * (`make types`), and so do the keys under which answers are kept. */

import { infiniteQueryOptions, keepPreviousData, useMutation, useQueryClient } from "@tanstack/react-query";
import { get, samePath, send, withParams, type Params } from "./client";
import { facts } from "./facts";
import type { operations } from "./schema";
import type { Many } from "./types";

export type OperationId = keyof typeof facts & keyof operations;

type Responses<Id extends OperationId> = operations[Id]["responses"];
type ContentOf<Response> = Response extends { content: infer Content } ? Content[keyof Content] : undefined;
type Good = 200 | 201 | 202 | 204;

/** The document that an operation answers. */
export type Answer<Id extends OperationId> = Id extends OperationId
  ? { [Status in keyof Responses<Id> & Good]: ContentOf<Responses<Id>[Status]> }[keyof Responses<Id> & Good]
  : never;

/** One resource of an answer. */
export type ResourceOf<Id extends OperationId> = Answer<Id> extends { data: infer Data }
  ? Data extends readonly (infer One)[]
    ? One
    : Data
  : never;

/** The attributes of what an operation answers. */
export type AttributesOf<Id extends OperationId> = ResourceOf<Id> extends { attributes: infer Attributes } ? Attributes : never;

type BodyOf<Id extends OperationId> = operations[Id] extends { requestBody: { content: infer Content } }
  ? Content[keyof Content] extends { data: infer Data }
    ? Data
    : unknown
  : never;

/** `path`: what stands for the names in braces; `query`: parameters, empty ones left out; `data`: the body's; `version`:
 * of the record that is changed, as it was read. */
export interface Given<Id extends OperationId> {
  path?: Record<string, string>;
  query?: Params;
  data?: BodyOf<Id> | FormData;
  version?: string | undefined;
}

/** Where an operation is, for a link that the browser follows by itself. */
export function addressOf(id: OperationId, { path = {}, query }: { path?: Record<string, string>; query?: Params }): string {
  const filled = facts[id].path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  return withParams(filled, query);
}

function asked<Id extends OperationId>(id: Id, given: Given<Id>, signal?: AbortSignal): Promise<Answer<Id>> {
  const { method } = facts[id];
  const address = addressOf(id, given);
  return method === "GET" ? get(address, signal) : send(method, address, given.data, signal, given.version);
}

/** The key of an answer: the types of the resources it is about, the operation, what was given. */
export const keyOf = <Id extends OperationId>(id: Id, given: Given<Id> = {}) => [facts[id].types, id, given] as const;

/** One answer, for `useQuery`. `Document`: where the API leaves its shape free. */
export function ask<Id extends OperationId, Document = Answer<Id>>(id: Id, given: Given<Id> = {}) {
  return {
    queryKey: keyOf(id, given) as readonly unknown[],
    queryFn: ({ signal }: { signal: AbortSignal }) => asked(id, given, signal) as Promise<Document>,
  };
}

/** A list of which all is shown at once, whatever the size of a page. */
export function askAll<Id extends OperationId>(id: Id, given: Given<Id> = {}) {
  return {
    queryKey: [...keyOf(id, given), "all"] as readonly unknown[],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const first = (await asked(id, given, signal)) as Answer<Id> & Many<unknown>;
      const pages: Many<unknown>[] = [first];
      for (let next = first.links?.next; next; next = pages.at(-1)?.links?.next) pages.push(await get<Many<unknown>>(samePath(next), signal));
      const included = first.included && pages.flatMap((page) => page.included ?? []);
      return { ...first, data: pages.flatMap(({ data }) => data), ...(included && { included }), links: { ...first.links, next: null } } as Answer<Id>;
    },
  };
}

/** The answer as it is now, whatever is kept of it. */
export function useFresh<Document>(question: { queryKey: readonly unknown[]; queryFn: (context: { signal: AbortSignal }) => Promise<Document> }) {
  const client = useQueryClient();
  return () => client.fetchQuery({ ...question, staleTime: 0 });
}

/** A list that follows `links.next` and never counts pages, for `useInfiniteQuery`. `every`: milliseconds between two
 * looks; polling re-reads every page that is open, so it rests once somebody scrolls back in time. `Attributes`: where
 * the API leaves their shape free. */
export function askPages<Id extends OperationId, Attributes = AttributesOf<Id>>(id: Id, given: Given<Id> = {}, every: number | false = false) {
  return infiniteQueryOptions({
    queryKey: [...keyOf(id, given), "pages"] as const,
    queryFn: ({ pageParam, signal }) => get<Many<Attributes>>(pageParam, signal),
    initialPageParam: addressOf(id, given),
    getNextPageParam: (last) => (last.links?.next ? samePath(last.links.next) : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : every),
  });
}

/** A change: `say` makes the request of what the page hands to `mutate`. Whatever shows a type of resource that it touches
 * asks again: now, or ("none") when it is next shown, for a deleted one would find nothing. `also`: types that its
 * declaration doesn't name, as of a job over profiles. */
export function useSend<Id extends OperationId, Input = void>(
  id: Id,
  say: (input: Input) => Given<Id>,
  refetchType: "active" | "none" = "active",
  also: readonly string[] = [],
) {
  const types = [...facts[id].types, ...also];
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => asked(id, say(input)),
    onSuccess: () => client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, types), refetchType }),
  });
}

/** Whether what is kept under this key is about one of the types. */
export function isAbout([about]: readonly unknown[], types: readonly string[]): boolean {
  return Array.isArray(about) && about.some((type) => types.includes(type as string));
}
