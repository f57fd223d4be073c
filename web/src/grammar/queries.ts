/** What sentences and pickers of conditions ask: names, metrics and what events carry, the size of a definition. */

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ask, askAll, askPages } from "../api/ask";
import { ApiProblem } from "../api/client";
import { all } from "../api/filters";
import { CALM, LIVE, MINUTE } from "../api/pace";
import type { ConditionGroups } from "../api/types";

export const useMetrics = () => useInfiniteQuery(askPages("get_metrics"));

export const useLists = (sort = "name") => useInfiniteQuery(askPages("get_lists", { query: { sort } }, CALM));

export const useFlows = () => useInfiniteQuery(askPages("get_flows", { query: { sort: "name" } }));

export interface SegmentSearch {
  starred?: boolean;
  /** "true" or "false"; anything else is both. */
  active?: string;
  sort?: string;
}

/** Segments by name with their tags; ten a page, as the API has it. */
export function useSegments({ starred, active, sort = "name" }: SegmentSearch = {}) {
  const filter = all(starred ? "equals(is_starred,true)" : undefined, active ? `equals(is_active,${active})` : undefined);
  return useInfiniteQuery(askPages("get_segments", { query: { filter, include: "tags", sort } }, 5_000));
}

/** What events of a metric carry, with a few values of each. */
export function useMetricProperties(metric: string | undefined) {
  const query = { "additional-fields[metric-property]": "sample_values" };
  return useQuery({
    ...askAll("get_properties_for_metric", { path: { id: metric ?? "" }, query }),
    enabled: Boolean(metric),
    staleTime: MINUTE,
    retry: false,
  });
}

/** The latest people: what they carry is what can be suggested, for no operation lists the properties of profiles. */
export function useRecentProfiles(on = true) {
  const query = { "page[size]": 100, sort: "-updated" };
  return useQuery({ ...ask("get_profiles", { query }), enabled: on, staleTime: MINUTE, retry: false });
}

/** Whether the server does not know the question at all, being older than this page. */
export const isUnknown = (error: Error | null) => error instanceof ApiProblem && [404, 405].includes(error.status);

/** Who would be in it now. The last answer stays while the next one is awaited; null asks nothing. */
export function useEstimate(definition: ConditionGroups | null) {
  const query = useQuery({
    ...ask("estimate_segment", { data: { type: "segment-estimate", attributes: { definition: { ...definition } } } }),
    enabled: definition !== null,
    placeholderData: keepPreviousData,
    staleTime: LIVE,
  });
  return { ...query, unknown: isUnknown(query.error) };
}

/** What an id stands for: `name` once known, `missing` once it is sure that there is no such thing. */
export interface Named {
  name: string | undefined;
  missing: boolean;
}

const BY_ID = { list: "get_list", segment: "get_segment", metric: "get_metric", flow: "get_flow" } as const;

/** The name of a list, segment, metric or flow, for text that only knows its id. Without an id nothing is asked. */
export function useNameOf(kind: string, id: string | undefined): Named {
  const known = kind in BY_ID;
  const operation = BY_ID[(known ? kind : "list") as keyof typeof BY_ID];
  const query = useQuery({ ...ask(operation, { path: { id: id ?? "" } }), enabled: Boolean(id) && known, staleTime: MINUTE });
  return { name: query.data?.data.attributes.name ?? undefined, missing: query.isError };
}
