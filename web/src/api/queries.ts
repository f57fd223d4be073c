/** One hook per question the pages ask. Every list is endless: it follows `links.next` and never counts pages. */

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { get, samePath, withParams, type Params } from "./client";
import { all, contains, equals } from "./filters";
import type {
  Audience,
  Campaign,
  CampaignOverview,
  EventAttributes,
  Flow,
  FlowOverview,
  Many,
  Message,
  MessageInFull,
  Metric,
  One,
  Overview,
  Profile,
  Resource,
  Session,
} from "./types";

export type AudienceKind = "list" | "segment";

/** Milliseconds between two looks at something that is moving. */
const LIVE = 2_000;
const CALM = 15_000;

export function useOne<Attributes>(path: string, params: Params = {}, every?: number | false) {
  return useQuery({
    queryKey: [path, params],
    queryFn: ({ signal }) => get<One<Attributes>>(path, params, signal),
    refetchInterval: every ?? false,
  });
}

export function useMany<Attributes>(path: string, params: Params = {}, options: { every?: number | false; on?: boolean } = {}) {
  return useInfiniteQuery({
    queryKey: [path, params, "pages"],
    queryFn: ({ pageParam, signal }) => get<Many<Attributes>>(pageParam, undefined, signal),
    initialPageParam: withParams(path, params),
    getNextPageParam: (last) => (last.links?.next ? samePath(last.links.next) : undefined),
    placeholderData: keepPreviousData,
    enabled: options.on ?? true,
    // Polling re-reads every page that is open, so it rests once somebody scrolls back in time.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : (options.every ?? false)),
  });
}

export const useSession = () => useOne<Session>("/api/session");

export const useOverview = () => useOne<Overview>("/api/overview", {}, CALM);

export interface MessageSearch {
  status?: string | null;
  campaign?: string | null;
  to?: string | null;
  profile?: string | null;
}

/** Messages, newest first. */
export function useMessages(search: MessageSearch, on = true) {
  const filter = all(
    equals("status", search.status),
    equals("campaign_id", search.campaign),
    equals("profile_id", search.profile),
    contains("to", search.to),
  );
  return useMany<Message>("/api/messages", { filter, sort: "-created", "page[size]": 50 }, { every: CALM, on });
}

export const useMessage = (id: string) => useOne<MessageInFull>(`/api/messages/${id}`, {}, CALM);

/** Campaigns, newest first. `size` is 1 to 100. */
export const useCampaigns = (size = 20) =>
  useMany<Campaign>("/api/campaigns", { sort: "-created_at", "page[size]": size });

const MOVING = ["sending", "scheduled", "queued", "preparing"];

/** A campaign's numbers; asked again every few seconds as long as it is on its way. */
export function useCampaignOverview(id: string) {
  const path = `/api/campaigns/${id}/overview`;
  return useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => get<One<CampaignOverview>>(path, undefined, signal),
    refetchInterval: ({ state }) => {
      const campaign = state.data?.data.attributes;
      if (!campaign) return false;
      return campaign.queued > 0 || MOVING.includes(campaign.status.toLowerCase()) ? LIVE : CALM;
    },
  });
}

/** Profiles, newest first; `search` is a whole e-mail address, phone number (+…) or profile id. */
export function useProfiles(search: string) {
  return useMany<Profile>("/api/profiles", { filter: identity(search), sort: "-created", "page[size]": 50 });
}

/** The person that `search` names as `useProfiles` understands it, or undefined. */
export async function findProfile(search: string): Promise<Resource<Profile> | undefined> {
  const found = await get<Many<Profile>>("/api/profiles", { filter: identity(search), "page[size]": 1 });
  return found.data[0];
}

function identity(search: string): string | undefined {
  const text = search.trim();
  if (text.includes("@")) return equals("email", text);
  if (/^\+?[\d\s()-]{5,}$/.test(text)) return equals("phone_number", text.replace(/[\s()-]/g, ""));
  return equals(/^[0-9A-Z]{26}$/i.test(text) ? "id" : "external_id", text);
}

export const useProfile = (id: string) =>
  useOne<Profile>(`/api/profiles/${id}`, { "additional-fields[profile]": "subscriptions" });

export const useAudiencesOf = (profile: string, kind: AudienceKind) =>
  useMany<Audience>(`/api/profiles/${profile}/${kind}s`);

export interface EventSearch {
  metric?: string | null;
  profile?: string | null;
  size?: number;
}

/** Events, newest first, with their metric and profile. */
export function useEvents({ metric, profile, size = 50 }: EventSearch, live: boolean) {
  const params = {
    filter: all(equals("metric_id", metric), equals("profile_id", profile)),
    include: "metric,profile",
    sort: "-datetime",
    "page[size]": size,
  };
  return useMany<EventAttributes>("/api/events", params, { every: live ? LIVE : false });
}

export const useMetrics = () => useMany<Metric>("/api/metrics");

export const useLists = () => useMany<Audience>("/api/lists", { sort: "name" }, { every: CALM });

/** One list or segment with the number of its members. */
export const useAudience = (kind: AudienceKind, id: string, on = true) =>
  useQuery({
    queryKey: [kind, id],
    queryFn: ({ signal }) =>
      get<One<Audience>>(`/api/${kind}s/${id}`, { [`additional-fields[${kind}]`]: "profile_count" }, signal),
    enabled: on,
    refetchInterval: CALM,
  });

/** Members, the latest first; `email` is a whole address. */
export const useMembers = (kind: AudienceKind, id: string, email?: string) =>
  useMany<Profile>(
    `/api/${kind}s/${id}/profiles`,
    { filter: equals("email", email), "page[size]": 50, sort: "-joined_group_at" },
    { every: CALM },
  );

export const useFlows = () => useMany<Flow>("/api/flows", { sort: "name" });

export const useFlow = (id: string) => useOne<Flow>(`/api/flows/${id}`, { "additional-fields[flow]": "definition" });

export const useFlowOverview = (id: string) => useOne<FlowOverview>(`/api/flows/${id}/overview`, {}, 5_000);

/** What an id stands for: `name` once known, `missing` once it is sure that there is no such thing. */
export interface Named {
  name: string | undefined;
  missing: boolean;
}

/** The name of a list, segment or metric, for text that only knows its id. Without an id nothing is asked. */
export function useNameOf(kind: string, id: string | undefined): Named {
  const query = useQuery({
    queryKey: ["name", kind, id],
    queryFn: ({ signal }) => get<One<{ name: string | null }>>(`/api/${kind}s/${id}`, undefined, signal),
    enabled: Boolean(id) && ["list", "segment", "metric", "flow"].includes(kind),
    staleTime: 60_000,
  });
  return { name: query.data?.data.attributes.name ?? undefined, missing: query.isError };
}
