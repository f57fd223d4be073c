/** Applications: those that this account allows something, and those that are registered in the installation. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type Answer, ask, askAll, askPages, type AttributesOf, useFresh, useSend } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import type { Opened } from "../../../ui/form/useEdit";
import type { Change } from "../../../ui/form/useFormEdit";

export type Connected = AttributesOf<"get_connected_applications">;
export type App = AttributesOf<"get_oauth_apps">;

/** As the form holds it: one redirect URI a line. */
export interface Draft {
  name: string;
  redirect_uris: string;
  scopes: string[];
}

export const useConnected = () => useQuery(askAll("get_connected_applications"));
export const useEndConnected = () => useSend("end_connected_application", (id: string) => ({ path: { id } }));

export const useApps = () => useInfiniteQuery(askPages("get_oauth_apps"));

export type Document = Answer<"get_oauth_app">;

export const useFreshApp = (id: string) => useFresh(ask("get_oauth_app", { path: { id } }));

export function openedOf(document: Document): Opened<Draft> {
  const { name, redirect_uris, scopes } = document.data.attributes;
  return { values: { name, redirect_uris: redirect_uris.join("\n"), scopes }, version: versionOf(document) };
}

/** Registers one where `id` is undefined. */
export function useSaveApp(id: string | undefined) {
  const isNew = id === undefined;
  return useSend(isNew ? "create_oauth_app" : "update_oauth_app", ({ changes: { redirect_uris: lines, scopes, ...rest }, version }: Change<Draft>) => {
    const redirect_uris = lines?.split(/\s+/).filter(Boolean);
    const attributes = { ...rest, redirect_uris, scopes: scopes?.map((scope) => scope.trim()) };
    return { path: isNew ? {} : { id }, version, data: { type: "oauth-app", ...(isNew ? {} : { id }), attributes } as never };
  });
}

export const useRotateSecret = () => useSend("rotate_oauth_app_secret", (id: string) => ({ path: { id } }));

export const useDeleteApp = () => useSend("delete_oauth_app", (id: string) => ({ path: { id } }), "active", ["connected-application"]);
