/** What a user asks of themselves, and changes. */

import { useQuery } from "@tanstack/react-query";
import { ask, askAll, type AttributesOf, useSend } from "../../api/ask";

export type Me = AttributesOf<"get_me">;
export type BrowserSession = AttributesOf<"get_own_sessions">;

export const useMe = () => useQuery(ask("get_me"));
export const useSessions = () => useQuery(askAll("get_own_sessions"));
export const usePasskeys = () => useQuery(askAll("get_passkeys"));

const body = (type: string, attributes: object) => ({ data: { type, attributes } as never });

export const useDescribe = (id: string) =>
  useSend("update_me", (attributes: { name: string; email?: string; current_password: string }) => ({
    data: { type: "me", id, attributes } as never,
  }));

export const useChooseMails = (id: string) =>
  useSend("update_me", (mails: Me["mails"]) => ({ data: { type: "me", id, attributes: { mails } } as never }));

export const useChangePassword = () =>
  useSend("change_own_password", (fields: { password: string; current_password: string }) => body("password", fields));

/** The id `others` ends all but this one. */
export const useEndSession = () => useSend("end_own_session", (id: string) => ({ path: { id } }));

export const useDeletePasskey = () => useSend("delete_passkey", (id: string) => ({ path: { id } }));
export const useAskForPasskey = () => useSend("ask_for_passkey", () => ({}));
export const useCreatePasskey = () =>
  useSend("create_passkey", (fields: { name: string; state: string; credential: object }) => body("passkey", fields));

const confirmed = (current_password: string) => body("confirmation", { current_password });

export const useBeginFactor = () => useSend("begin_second_factor", confirmed);
export const useConfirmFactor = () => useSend("confirm_second_factor", (code: string) => body("code", { code }));
export const useRemoveFactor = () => useSend("remove_second_factor", confirmed);
