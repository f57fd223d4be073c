import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { askAll, askPages, type AttributesOf, useSend } from "../../../api/ask";

export type InstalledAccount = AttributesOf<"get_installation_accounts">;

export interface Draft {
  name: string;
  timezone: string;
  currency: string;
}

export const useInstalled = () => useInfiniteQuery(askPages("get_installation_accounts"));

export const useOwnAccounts = () => useQuery(askAll("get_own_accounts"));

export const useAddAccount = () =>
  useSend("create_account", (attributes: Draft) => ({ data: { type: "own-account", attributes } as never }), "active", ["installation-account"]);

export const useSwitchAccount = () =>
  useSend("switch_account", (id: string) => ({ data: { type: "account-choice", attributes: { account_id: id } } as never }));
