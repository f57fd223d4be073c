import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ask, askPages } from "../../api/ask";
import { all, contains, equals } from "../../api/filters";
import { CALM } from "../../api/pace";
import type { Campaign } from "../../api/types";

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
  const query = { filter, sort: "-created", "page[size]": 50 };
  return useInfiniteQuery({ ...askPages("get_messages", { query }, CALM), enabled: on });
}

export const useMessage = (id: string) => useQuery({ ...ask("get_message", { path: { id } }), refetchInterval: CALM });

/** Campaigns to choose from, newest first. */
export const useCampaignNames = () =>
  useInfiniteQuery(askPages<"get_campaigns", Campaign>("get_campaigns", { query: { sort: "-created_at", "page[size]": 100 } }));
