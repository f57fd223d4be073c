/** The team: who is in it, as what, and who is invited. */

import { useQuery } from "@tanstack/react-query";
import { ask, askAll, type AttributesOf, useSend } from "../../api/ask";

export type Member = AttributesOf<"get_users">;
export type Invitation = AttributesOf<"get_invitations">;
export type Role = AttributesOf<"get_roles">;

export const useTeam = () => useQuery(askAll("get_users"));
export const useRoles = () => useQuery({ ...ask("get_roles"), staleTime: Infinity });
export const useInvitations = () => useQuery(askAll("get_invitations"));

export const useInvite = () =>
  useSend("create_invitation", (attributes: { email: string; role: string }) => ({ data: { type: "invitation", attributes } as never }));

export const useWithdraw = () => useSend("delete_invitation", (id: string) => ({ path: { id } }));

export const useChangeRole = () =>
  useSend("update_user", ({ id, role }: { id: string; role: string }) => ({
    path: { id },
    data: { type: "user", id, attributes: { role } } as never,
  }));

export const useRemove = () => useSend("delete_user", (id: string) => ({ path: { id } }));

export const useSignInLink = () => useSend("create_sign_in_link", (id: string) => ({ path: { id } }));
