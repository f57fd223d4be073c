import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ask, askPages } from "../../api/ask";
import { CALM, LIVE } from "../../api/pace";
import type { Campaign } from "../../api/types";

/** Campaigns, newest first. `size` is 1 to 100. */
export const useCampaigns = (size = 20) =>
  useInfiniteQuery(askPages<"get_campaigns", Campaign>("get_campaigns", { query: { sort: "-created_at", "page[size]": size } }));

const MOVING = ["sending", "scheduled", "queued", "preparing"];

/** A campaign's numbers; asked again every few seconds as long as it is on its way. */
export function useCampaignOverview(id: string) {
  return useQuery({
    ...ask("get_campaign_overview", { path: { id } }),
    refetchInterval: ({ state }) => {
      const campaign = state.data?.data.attributes;
      if (!campaign) return false;
      return campaign.queued > 0 || MOVING.includes(campaign.status.toLowerCase()) ? LIVE : CALM;
    },
  });
}
