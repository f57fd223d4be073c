import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { addressOf, ask, askPages, useSend, type AttributesOf } from "../../api/ask";
import { versionOf } from "../../api/client";
import { all, equals } from "../../api/filters";
import { CALM, LIVE } from "../../api/pace";
import type { Campaign, Many } from "../../api/types";

export interface CampaignSearch {
  /** Statuses, one of which it has; none = whatever it is. */
  statuses?: readonly string[];
  archived?: boolean;
  /** 1 to 100. */
  size?: number;
}

/** Campaigns, newest first. */
export function useCampaigns({ statuses = [], archived = false, size = 20 }: CampaignSearch = {}) {
  const named = statuses.map((status) => `"${status}"`).join(",");
  const filter = all(`equals(archived,${archived})`, named ? `any(status,[${named}])` : undefined);
  return useInfiniteQuery(askPages<"get_campaigns", Campaign>("get_campaigns", { query: { sort: "-created_at", "page[size]": size, filter } }));
}

/** Campaigns that go or went out between two moments. */
export function useCampaignsBetween(from: string, to: string) {
  const filter = all(`greater-or-equal(send_time,${from})`, `less-than(send_time,${to})`);
  return useQuery({
    ...ask<"get_campaigns", Many<Campaign>>("get_campaigns", { query: { filter, "page[size]": 100 } }),
    placeholderData: keepPreviousData,
    refetchInterval: CALM,
  });
}

/** Drafts, the last changed first, with when they are to go. */
export const useDrafts = () =>
  useQuery({
    ...ask<"get_campaigns", Many<Campaign>>("get_campaigns", {
      query: { filter: all("equals(archived,false)", equals("status", "Draft")), sort: "-updated_at", "page[size]": 100, "additional-fields[campaign]": "planned_at" },
    }),
    refetchInterval: CALM,
  });

const MOVING = ["sending", "queued without recipients", "variations sent"];

/** A campaign's numbers; asked again every few seconds as long as it is on its way. */
export function useCampaignOverview(id: string) {
  return useQuery({
    ...ask("get_campaign_overview", { path: { id } }),
    refetchInterval: ({ state }) => {
      const campaign = state.data?.data.attributes;
      if (!campaign) return false;
      const moves = campaign.queued > 0 || campaign.held_until !== null || MOVING.includes(campaign.status.toLowerCase());
      return moves ? LIVE : CALM;
    },
  });
}

/** Makes a draft with an audience and a message of one variation, so that the composer finds them. */
export const useNewCampaign = () =>
  useSend("create_campaign", (name: string) => ({
    data: {
      type: "campaign",
      attributes: {
        definition: { name },
        audiences: [{ temporary_id: "audience", name: "Audience" }],
        messages: [{ audience_temporary_id: "audience", name: "Message", variations: [{ definition: { name: "Variation A" } }] }],
      },
    } as never,
  }));

export type SendAction = "pause" | "resume" | "cancel" | "revert";

export const useAct = (id: string) =>
  useSend(
    "cancel_campaign_send",
    (action: SendAction) => ({ path: { id }, data: { type: "campaign-send-job", id, attributes: { action } } as never }),
    "active",
    ["campaign", "campaign-overview", "campaign-draft"],
  );

/** What shows a campaign, of any operation that changes one. */
const ABOUT = ["campaign", "campaign-overview", "campaign-draft", "campaign-readiness"];

export const useAsk = (id: string) =>
  useSend(
    "ask_campaign_approval",
    (words: string) => ({
      data: { type: "campaign-approval", attributes: { words }, relationships: { campaign: { data: { type: "campaign", id } } } } as never,
    }),
    "active",
    ABOUT,
  );

export const useWithdraw = (id: string) => useSend("withdraw_campaign_approval", () => ({ path: { id } }), "active", ABOUT);

export interface Decision {
  decision: "approve" | "decline";
  words?: string;
  hold_seconds?: number;
  /** of the campaign as it was looked at */
  version: string | undefined;
}

export const useDecide = (id: string) =>
  useSend(
    "decide_campaign_approval",
    ({ version, ...attributes }: Decision) => ({ path: { id }, version, data: { type: "campaign-approval", id, attributes } as never }),
    "active",
    ABOUT,
  );

/** The draft as it is, for who looks at it. */
export function useDraftSeen(id: string, on: boolean) {
  const query = useQuery({ ...ask("get_campaign_draft", { path: { id } }), enabled: on });
  return { draft: query.data?.data.attributes, version: versionOf(query.data), error: query.error };
}

export const useDuplicate = (id: string) =>
  useSend("clone_campaign", (name: string) => ({ data: { type: "campaign", id, attributes: { name } } as never }));

export const useArchive = (id: string) =>
  useSend(
    "update_campaign",
    (archived: boolean) => ({ path: { id }, data: { type: "campaign", id, attributes: { definition: { archived } } } as never }),
    "active",
    ABOUT,
  );

export const useDeleteCampaign = (id: string) => useSend("delete_campaign", () => ({ path: { id } }), "none");

export const useChoose = (message: string) =>
  useSend(
    "choose_campaign_winner",
    (variation_id: string) => ({
      data: {
        type: "campaign-winner",
        attributes: { variation_id },
        relationships: { "campaign-message": { data: { type: "campaign-message", id: message } } },
      } as never,
    }),
    "active",
    ABOUT,
  );

export type Recipient = AttributesOf<"get_campaign_recipients">;

export const useRecipients = (id: string, state: string) =>
  useInfiniteQuery(askPages("get_campaign_recipients", { path: { id }, query: { filter: equals("state", state) } }, CALM));

/** Where the file of those in a state is; "" = of everybody. */
export const recipientsFile = (id: string, state: string) => addressOf("export_campaign_recipients", { path: { id }, query: { state: state || undefined } });

export const useMakeRecipientList = (id: string) =>
  useSend("create_campaign_recipient_list", (attributes: { name: string; state: string }) => ({
    data: { type: "campaign-recipient-list", attributes, relationships: { campaign: { data: { type: "campaign", id } } } } as never,
  }));
