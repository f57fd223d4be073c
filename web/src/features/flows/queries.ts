import { useQuery, useQueryClient } from "@tanstack/react-query";
import { addressOf, ask, isAbout, useSend, type Answer, type AttributesOf } from "../../api/ask";
import { ApiProblem, send, versionOf } from "../../api/client";
import { SESSION } from "../../api/session";
import { outcomeOf, type Outcome } from "../../editor/outcome";
import type { Wire } from "./tree";

export const useFlow = (id: string) =>
  useQuery(ask("get_flow", { path: { id }, query: { "additional-fields[flow]": "definition" } }));

export const useFlowOverview = (id: string) =>
  useQuery({ ...ask("get_flow_overview", { path: { id } }), refetchInterval: 5_000 });

/** What is edited of a flow. */
export interface Content {
  readonly name: string;
  readonly definition: Wire;
}

/** Opened once: what somebody else saves meanwhile is told at the next save, and never put under what is being drawn. */
export const useFlowDraft = (id: string) =>
  useQuery({ ...ask("get_flow_draft", { path: { id } }), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false, refetchOnReconnect: false });

/** Saves the draft, and says what became of it in the editor's words. */
export function useSaveDraft(id: string) {
  const client = useQueryClient();
  return async (attributes: Content, version: string | null): Promise<Outcome> => {
    try {
      const data = { type: "flow-draft", id, attributes };
      const answer = await send<Answer<"update_flow_draft">>("PATCH", addressOf("update_flow_draft", { path: { id } }), data, undefined, version ?? undefined);
      void client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, ["flow"]), refetchType: "none" });
      return { kind: "saved", version: versionOf(answer) ?? null };
    } catch (error) {
      // signed out: sign-in lies over the page, and then it is sent again
      if (error instanceof ApiProblem && error.status === 401) void client.invalidateQueries({ queryKey: SESSION });
      return outcomeOf(error);
    }
  };
}

/** A flow that has not begun to be drawn. */
export const EMPTY: Wire = { triggers: [{ type: "metric", id: null, trigger_filter: null }], profile_filter: null, actions: [], entry_action_id: null, reentry_criteria: { duration: 0, unit: "alltime" } };

export const useCreateFlow = () => useSend("create_flow", (attributes: Content) => ({ data: { type: "flow", attributes } as never }));

export const useSetStatus = (id: string) => useSend("update_flow", (status: "draft" | "manual" | "live") => ({ path: { id }, data: { type: "flow", id, attributes: { status } } as never }));

export const useDeleteFlow = (id: string) => useSend("delete_flow", () => ({ path: { id } }), "none");

export type LibraryFlow = AttributesOf<"get_flow_library">;

export const useFlowLibrary = () => useQuery(ask("get_flow_library"));

export const useBeginFromLibrary = () => useSend("begin_library_flow", (id: string) => ({ path: { id } }), "active", ["flow"]);
