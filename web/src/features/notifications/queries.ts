import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ask, askPages, useSend, type AttributesOf } from "../../api/ask";
import { CALM } from "../../api/pace";

export type Notification = AttributesOf<"get_notifications">;

export const useNotifications = (kind: string) =>
  useInfiniteQuery(askPages("get_notifications", { query: { filter: kind && `equals(kind,"${kind}")` } }, CALM));

export const useUnread = (): number => useQuery(ask("get_unread_notifications")).data?.data.attributes.count ?? 0;

/** Those with these ids, or with null all. */
export const useRead = () =>
  useSend("read_notifications", (ids: string[] | null) => ({ data: { type: "notification-read", attributes: { ids } } as never }), "active", [
    "notification",
    "unread-notifications",
  ]);
