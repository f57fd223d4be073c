import { useInfiniteQuery } from "@tanstack/react-query";
import { askPages } from "../../api/ask";
import { all, equals } from "../../api/filters";
import { LIVE } from "../../api/pace";

export interface EventSearch {
  metric?: string | null;
  profile?: string | null;
  size?: number;
}

/** Events, newest first, with their metric and profile. */
export function useEvents({ metric, profile, size = 50 }: EventSearch, live: boolean) {
  const filter = all(equals("metric_id", metric), equals("profile_id", profile));
  const query = { filter, include: "metric,profile", sort: "-datetime", "page[size]": size };
  return useInfiniteQuery(askPages("get_events", { query }, live ? LIVE : false));
}
