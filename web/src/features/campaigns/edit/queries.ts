/** The composer's questions, and the road of what is written. */

import { keepPreviousData, useInfiniteQuery, useQuery, type QueryClient } from "@tanstack/react-query";
import { addressOf, ask, askPages, isAbout, useSend, type Answer, type AttributesOf } from "../../../api/ask";
import { ApiProblem, send, versionOf } from "../../../api/client";
import { contains } from "../../../api/filters";
import { MINUTE } from "../../../api/pace";
import { SESSION } from "../../../api/session";
import { journalOf } from "../../../editor/journal";
import { draftOf, type Draft } from "./document";
import type { DraftRoad, Known, Unsent } from "./store";

export type Readiness = AttributesOf<"get_campaign_readiness">;
export type ReadinessProblem = Readiness["problems"][number];

const one = (id: string) => ask("get_campaign_draft", { path: { id } });

/** Asked once a visit, whatever else is asked again: what is written is on the screen, and what others write is told when
 * it is saved. */
export const useDraft = (id: string) =>
  useQuery({ queryKey: ["composer", id], queryFn: one(id).queryFn, staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });

export function knownOf(document: Answer<"get_campaign_draft">): Known {
  return { draft: draftOf(document.data.attributes), version: versionOf(document) ?? null };
}

/** What shows something of a campaign and is older once its draft was saved. */
const FOLLOWS = ["campaign", "campaign-overview", "campaign-readiness", "campaign-preview"];

export function roadOf(client: QueryClient, account: string, id: string): DraftRoad {
  return {
    journal: journalOf<Unsent>(`${account}/campaign/${id}`),
    fresh: async () => knownOf(await client.fetchQuery({ ...one(id), staleTime: 0, gcTime: 0 })),
    send: async (changes: Partial<Draft>, version) => {
      const data = { type: "campaign-draft", id, attributes: changes };
      const path = addressOf("update_campaign_draft", { path: { id } });
      const answer = await send<Answer<"get_campaign_draft">>("PATCH", path, data, undefined, version ?? undefined).catch((error: unknown) => {
        // signed out: the frame asks who it is, and what was written is sent again once that is known
        if (error instanceof ApiProblem && error.status === 401) void client.invalidateQueries({ queryKey: SESSION });
        throw error;
      });
      void client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, FOLLOWS) });
      return knownOf(answer);
    },
  };
}

/** What is in the way, and whom it would reach; the audience changes by itself, too. */
export const useReadiness = (id: string, on = true) =>
  useQuery({ ...ask("get_campaign_readiness", { path: { id } }), refetchInterval: MINUTE, placeholderData: keepPreviousData, enabled: on });

export const usePreview = (id: string, variation: string | null, profile: string | null) =>
  useQuery({
    ...ask("preview_campaign", { path: { id }, query: { variation: variation ?? undefined, profile: profile ?? undefined } }),
    enabled: variation !== null,
    placeholderData: keepPreviousData,
  });

/** Templates of the library with this in their names, the latest first; ten a page. */
export const useTemplates = (name: string) => useInfiniteQuery(askPages("get_templates", { query: { sort: "-updated", filter: contains("name", name) } }));

export function useMakeTemplate() {
  return useSend("create_template", ({ name, html }: { name: string; html: string }) => ({
    data: { type: "template", attributes: { name, editor_type: "CODE", html } } as never,
  }));
}

/** Seconds in which what is sent at once can be taken back. */
export const HOLD = 30;

export function useSendCampaign(id: string) {
  const send = (hold_seconds: number) => ({ data: { type: "campaign-send-job", id, attributes: { hold_seconds } } as never });
  return useSend("send_campaign", send, "active", FOLLOWS);
}
