/** Segments: what the pages ask of them, and what they change. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { ask, askPages, isAbout, useSend } from "../../api/ask";
import { equals } from "../../api/filters";
import { CALM, MINUTE } from "../../api/pace";
import type { ConditionGroups, One, SeriesReport } from "../../api/types";
import { isUnknown } from "../../grammar/queries";

const BUILDING = 1_000;

const one = (id: string) => ask("get_segment", { path: { id }, query: { "additional-fields[segment]": "profile_count" } });

/** The segment as it is now, whatever is kept of it. */
export const useFreshSegment = (id: string) => {
  const client = useQueryClient();
  return () => client.fetchQuery({ ...one(id), staleTime: 0 });
};

/** One segment with the number of its members. */
export const useSegment = (id: string, on = true) =>
  useQuery({
    ...one(id),
    enabled: on,
    refetchInterval: CALM,
  });

/** Members, the latest first; `email` is a whole address. */
export const useSegmentMembers = (id: string, email?: string) => {
  const query = { filter: equals("email", email), "page[size]": 50, sort: "-joined_group_at" };
  return useInfiniteQuery(askPages("get_profiles_for_segment", { path: { id }, query }, CALM));
};

/** Looked at as long as the segment is `processing`; once it is through, whatever shows it asks again. */
export function useProgress(id: string, processing: boolean) {
  const client = useQueryClient();
  const query = useQuery({
    ...ask("get_segment_progress", { path: { id } }),
    enabled: processing,
    refetchInterval: ({ state }) => (isUnknown(state.error) ? false : BUILDING),
  });
  const through = processing && query.data?.data.attributes.is_processing === false;
  useEffect(() => {
    if (through) void client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, ["segment"]) });
  }, [through, client]);
  return query;
}

function series(attributes: Record<string, unknown>) {
  return ask<"query_segment_series", One<SeriesReport>>("query_segment_series", {
    data: { type: "segment-series-report", attributes } as never,
  });
}

const LAST_MONTH = { statistics: ["total_members"], timeframe: { key: "last_30_days" }, interval: "daily" };

/** The beginning of each day, and sizes at its end by segment id; null where none is known. */
export interface Sizes {
  days: string[];
  sizes: Map<string, (number | null)[]>;
}

/** Sizes of every segment over the last 30 days: one question for all of them. */
export function useSizes() {
  return useQuery({
    ...series(LAST_MONTH),
    select: ({ data }): Sizes => ({ days: data.attributes.date_times, sizes: sizesOf(data.attributes) }),
    staleTime: 5 * MINUTE,
    retry: false,
  });
}

/** What became of a segment's size in one hour or day; `total` at its end. */
export interface Step {
  at: string;
  total: number;
  added: number;
  removed: number;
}

const GROWTH = ["total_members", "members_added", "members_removed"];

/** A segment's size since it was `created`: by day over 30 days, or by hour over seven. */
export function useGrowth(id: string, created: string, by: "daily" | "hourly", enabled = true) {
  const timeframe = { key: by === "daily" ? "last_30_days" : "last_7_days" };
  return useQuery({
    ...series({ statistics: GROWTH, timeframe, interval: by, filter: `equals(segment_id,"${id}")` }),
    select: ({ data }) => stepsOf(data.attributes).filter((_, place, { length }) => endOf(data.attributes, place, length) > Date.parse(created)),
    enabled,
    staleTime: MINUTE,
  });
}

function stepsOf({ results, date_times }: SeriesReport): Step[] {
  const of = (name: string, place: number) => results[0]?.statistics[name]?.[place] ?? 0;
  const step = (at: string, place: number) => {
    return { at, total: of("total_members", place), added: of("members_added", place), removed: of("members_removed", place) };
  };
  return date_times.map(step);
}

function endOf({ date_times }: SeriesReport, place: number, length: number): number {
  return place + 1 < length ? Date.parse(date_times[place + 1] ?? "") : Infinity;
}

function sizesOf({ results }: SeriesReport): Sizes["sizes"] {
  return new Map(results.map((row) => [row.groupings.segment_id ?? "", row.statistics.total_members ?? []]));
}

export const useExplanation = (segment: string, profile: string) =>
  useQuery({ ...ask("explain_segment", { path: { id: segment }, query: { profile } }), refetchInterval: CALM });

export type SegmentDraft = {
  name: string;
  definition: ConditionGroups;
};

type SegmentChange = Partial<SegmentDraft & { is_starred: boolean; is_active: boolean }> & { version?: string | undefined };

/** Creates a segment where `id` is undefined. `version`: of the one that was opened. */
export function useSaveSegment(id?: string) {
  const isNew = id === undefined;
  return useSend(isNew ? "create_segment" : "update_segment", ({ version, ...attributes }: SegmentChange) => ({
    path: isNew ? {} : { id },
    version,
    data: { type: "segment", ...(isNew ? {} : { id }), attributes } as never,
  }));
}

export const useDeleteSegment = (id: string) => useSend("delete_segment", () => ({ path: { id } }), "none");
