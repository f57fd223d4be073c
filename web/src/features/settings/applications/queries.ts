/** Applications: those that this account allows something, and those that are registered in the installation. */

import { useQuery } from "@tanstack/react-query";
import { ask, useSend, type AttributesOf } from "../../../api/ask";

export type Connected = AttributesOf<"get_connected_applications">;
export type App = AttributesOf<"get_oauth_apps">;

/** As the form holds it: one redirect URI a line. */
export interface Draft {
  name: string;
  redirect_uris: string;
  scopes: string[];
}

export const useConnected = () => useQuery(ask("get_connected_applications"));
export const useEndConnected = () => useSend("end_connected_application", (id: string) => ({ path: { id } }));

export const useApps = () => useQuery(ask("get_oauth_apps"));

const attributesOf = ({ name, redirect_uris, scopes }: Draft) => ({
  name: name.trim(),
  redirect_uris: redirect_uris.split(/\s+/).filter(Boolean),
  scopes,
});

export const useCreateApp = () =>
  useSend("create_oauth_app", (draft: Draft) => ({ data: { type: "oauth-app", attributes: attributesOf(draft) } as never }));

export const useUpdateApp = (id: string) =>
  useSend("update_oauth_app", (draft: Draft) => ({ path: { id }, data: { type: "oauth-app", id, attributes: attributesOf(draft) } as never }));

export const useRotateSecret = () => useSend("rotate_oauth_app_secret", (id: string) => ({ path: { id } }));

export const useDeleteApp = () => useSend("delete_oauth_app", (id: string) => ({ path: { id } }), "active", ["connected-application"]);
