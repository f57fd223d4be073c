/** Webhooks: what the pages ask of them, and what they change. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ask, askPages, useFresh, useSend, type AttributesOf } from "../../../api/ask";
import { equals } from "../../../api/filters";
import { CALM, LIVE, MINUTE } from "../../../api/pace";
import type { Resource } from "../../../api/types";
import type { Change } from "../../../ui/form/useFormEdit";

export type Webhook = AttributesOf<"get_webhooks">;
export type Delivery = AttributesOf<"get_webhook_deliveries">;
export type Overview = AttributesOf<"get_webhook_overview">;

export const useWebhooks = () => useInfiniteQuery(askPages("get_webhooks", { query: { include: "webhook-topics" } }, CALM));

const one = (id: string) => ask("get_webhook", { path: { id }, query: { include: "webhook-topics" } });

export const useWebhook = (id: string) => useQuery(one(id));

/** The webhook as it is now, whatever is kept of it. */
export const useFreshWebhook = (id: string) => useFresh(one(id));

/** How it stands: topics, what waits, since when it fails. */
export const useOverview = (id: string) => useQuery({ ...ask("get_webhook_overview", { path: { id } }), refetchInterval: LIVE });

/** Its last calls, the latest first; `status`: delivered, retrying or failed. */
export function useDeliveries(id: string, status: string) {
  const query = { filter: equals("status", status), sort: "-id", "page[size]": 50 };
  return useInfiniteQuery(askPages("get_webhook_deliveries", { path: { id }, query }, LIVE));
}

/** Everything that this account's webhooks can be told of. */
export const useTopics = () => useQuery({ ...ask("get_webhook_topics"), staleTime: MINUTE });

/** The topics of a webhook. */
export const topicsOf = (webhook: Pick<Resource<unknown>, "relationships">): string[] =>
  [webhook.relationships?.["webhook-topics"]?.data ?? []].flat().map(({ id }) => id);

export interface Draft {
  name: string;
  description: string;
  endpoint_url: string;
  secret_key: string;
  webhook_topics: string[];
}

/** Makes one where `id` is undefined. */
export function useSaveWebhook(id?: string) {
  const isNew = id === undefined;
  return useSend(isNew ? "create_webhook" : "update_webhook", ({ changes: { webhook_topics: topics, ...attributes }, version }: Change<Draft>) => {
    const relationships = topics && { "webhook-topics": { data: topics.map((topic) => ({ type: "webhook-topic", id: topic })) } };
    return { path: isNew ? {} : { id }, version, data: { type: "webhook", ...(isNew ? {} : { id }), attributes, relationships } as never };
  });
}

/** Pauses a webhook, or goes on with it. */
export const useSwitch = (id: string) =>
  useSend("update_webhook", (enabled: boolean) => ({ path: { id }, data: { type: "webhook", id, attributes: { enabled } } as never }));

export const useTestCall = (id: string) => useSend("test_webhook", () => ({ path: { id } }));

export const useReplay = (id: string) => useSend("replay_webhook", () => ({ path: { id } }));

export const useDeleteWebhook = (id: string) => useSend("delete_webhook", () => ({ path: { id } }), "none");
