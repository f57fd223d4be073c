/** Segments: what the pages ask of them, and what they change. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { ApiProblem, get, send } from "./client";
import { all } from "./filters";
import { useMany, useOne } from "./queries";
import type {
  Audience,
  ConditionGroups,
  Many,
  MetricProperty,
  One,
  Profile,
  SegmentEstimate,
  SegmentExplanation,
  SegmentProgress,
  SeriesReport,
} from "./types";

const SEGMENTS = "/api/segments";
const BUILDING = 1_000;
const MINUTES = 60_000;

export interface SegmentSearch {
  starred?: boolean;
  /** "true" or "false"; anything else is both. */
  active?: string;
}

/** Segments by name with their tags; ten a page, as the API has it. */
export function useSegments({ starred, active }: SegmentSearch = {}) {
  const filter = all(starred ? "equals(is_starred,true)" : undefined, active ? `equals(is_active,${active})` : undefined);
  return useMany<Audience>(SEGMENTS, { filter, include: "tags", sort: "name" }, { every: 5_000 });
}

/** Whether the server does not know the question at all, being older than this page. */
const isUnknown = (error: Error | null) => error instanceof ApiProblem && [404, 405].includes(error.status);

/** Looked at as long as the segment is `processing`; once it is through, whatever shows it asks again. */
export function useProgress(id: string, processing: boolean) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: [SEGMENTS, id, "progress"],
    queryFn: ({ signal }) => get<One<SegmentProgress>>(`${SEGMENTS}/${id}/progress`, undefined, signal),
    enabled: processing,
    refetchInterval: ({ state }) => (isUnknown(state.error) ? false : BUILDING),
  });
  const through = processing && query.data?.data.attributes.is_processing === false;
  useEffect(() => {
    if (through) void client.invalidateQueries({ predicate: showsSegments });
  }, [through, client]);
  return query;
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
    queryKey: ["segment sizes"],
    queryFn: ({ signal }) =>
      send<One<SeriesReport>>("POST", "/api/segment-series-reports", { type: "segment-series-report", attributes: LAST_MONTH }, signal),
    select: ({ data }): Sizes => ({ days: data.attributes.date_times, sizes: sizesOf(data.attributes) }),
    staleTime: 5 * MINUTES,
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
  const attributes = { statistics: GROWTH, timeframe, interval: by, filter: `equals(segment_id,"${id}")` };
  return useQuery({
    queryKey: ["segment growth", id, by],
    queryFn: ({ signal }) =>
      send<One<SeriesReport>>("POST", "/api/segment-series-reports", { type: "segment-series-report", attributes }, signal),
    select: ({ data }) => stepsOf(data.attributes).filter((_, place, { length }) => endOf(data.attributes, place, length) > Date.parse(created)),
    enabled,
    staleTime: MINUTES,
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
  return new Map(results.map(({ groupings, statistics }) => [groupings.segment_id ?? "", statistics.total_members ?? []]));
}

/** Who would be in it now. The last answer stays while the next one is awaited; null asks nothing. */
export function useEstimate(definition: ConditionGroups | null) {
  const query = useQuery({
    queryKey: ["segment estimate", definition],
    queryFn: ({ signal }) =>
      send<One<SegmentEstimate>>("POST", "/api/segment-estimates", { type: "segment-estimate", attributes: { definition } }, signal),
    enabled: definition !== null,
    placeholderData: keepPreviousData,
    staleTime: BUILDING,
  });
  return { ...query, unknown: isUnknown(query.error) };
}

export function useExplanation(segment: string, profile: string) {
  const path = `${SEGMENTS}/${segment}/explain`;
  return useOne<SegmentExplanation>(path, { profile }, 15_000);
}

export interface SegmentDraft {
  name: string;
  definition: ConditionGroups;
}

type SegmentChange = Partial<SegmentDraft & { is_starred: boolean; is_active: boolean }>;

/** Creates a segment where `id` is undefined. */
export function useSaveSegment(id?: string) {
  return useChange((attributes: SegmentChange) =>
    id === undefined
      ? send<One<Audience>>("POST", SEGMENTS, { type: "segment", attributes })
      : send<One<Audience>>("PATCH", `${SEGMENTS}/${id}`, { type: "segment", id, attributes }),
  );
}

export const useDeleteSegment = (id: string) => useChange(() => send<undefined>("DELETE", `${SEGMENTS}/${id}`), "none");

const showsSegments = ({ queryKey: [key] }: { queryKey: readonly unknown[] }) => String(key).startsWith(SEGMENTS) || key === "segment";

/** Whatever shows segments asks again: now, or ("none") when it is next shown, for a deleted one would find nothing. */
function useChange<Given, Answer>(change: (given: Given) => Promise<Answer>, refetchType: "active" | "none" = "active") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ predicate: showsSegments, refetchType }),
  });
}

/** What events of a metric carry, with a few values of each. */
export function useMetricProperties(metric: string | undefined) {
  const params = { "additional-fields[metric-property]": "sample_values" };
  return useQuery({
    queryKey: ["metric properties", metric],
    queryFn: ({ signal }) => get<Many<MetricProperty>>(`/api/metrics/${metric}/metric-properties`, params, signal),
    enabled: Boolean(metric),
    staleTime: MINUTES,
    retry: false,
  });
}

/** The latest people: what they carry is what can be suggested, for no operation lists the properties of profiles. */
export function useRecentProfiles(on = true) {
  return useQuery({
    queryKey: ["recent profiles"],
    enabled: on,
    queryFn: ({ signal }) => get<Many<Profile>>("/api/profiles", { "page[size]": 100, sort: "-updated" }, signal),
    staleTime: MINUTES,
    retry: false,
  });
}

