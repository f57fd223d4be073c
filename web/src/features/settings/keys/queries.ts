import { useQuery } from "@tanstack/react-query";
import { ask, useSend, type AttributesOf } from "../../../api/ask";

export type Key = AttributesOf<"get_api_keys">;

export const useKeys = () => useQuery(ask("get_api_keys", { query: { "additional-fields[api-key]": "redacted_key,last_used" } }));

export interface Draft {
  name: string;
  scopes: string[] | null;
  expires: string | null;
}

export const useCreateKey = () =>
  useSend("create_api_key", (attributes: Draft) => ({ data: { type: "new-api-key", attributes } as never }));

export const useRevokeKey = () => useSend("revoke_api_key", (id: string) => ({ path: { id } }));

export const useSwitchKey = () =>
  useSend("update_api_key", ({ id, status }: { id: string; status: string }) => ({
    path: { id },
    data: { type: "api-key", id, attributes: { status } } as never,
  }));
