import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { addressOf, ask, askPages, isAbout, keyOf, useSend, type Answer, type AttributesOf } from "../../api/ask";
import { all } from "../../api/filters";
import { ApiProblem, send, versionOf } from "../../api/client";
import { SESSION } from "../../api/session";
import { outcomeOf, read, unlessOwn, type Outcome } from "../../editor/outcome";
import type { Wire } from "./tree";

export const useFlow = (id: string) =>
  useQuery(ask("get_flow", { path: { id }, query: { "additional-fields[flow]": "definition" } }));

/** By name; those of the archive apart. */
export const useFlowList = (archived: boolean) => useInfiniteQuery(askPages("get_flows", { query: { filter: `equals(archived,${archived ? "true" : "false"})`, sort: "name" } }));

export const useFlowOverview = (id: string) =>
  useQuery({ ...ask("get_flow_overview", { path: { id } }), refetchInterval: 5_000 });

/** What came of its messages in so many days. */
export const useFlowNumbers = (id: string, days: string) => useQuery({ ...ask("get_flow_numbers", { path: { id }, query: { days } }), refetchInterval: 30_000, placeholderData: keepPreviousData });

export type StepNumbers = AttributesOf<"get_flow_numbers">["steps"][number];

/** How the tests inside it do. */
export const useFlowTests = (id: string, on = true) => useQuery({ ...ask("get_flow_tests", { path: { id } }), refetchInterval: 10_000, enabled: on });

export type FlowTest = AttributesOf<"get_flow_tests">["tests"][number];

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
    if (!attributes.name.trim()) return { kind: "refused", problems: [{ detail: "The flow needs a name.", pointer: "/data/attributes/name" }] };
    try {
      const data = { type: "flow-draft", id, attributes };
      const answer = await send<Answer<"update_flow_draft">>("PATCH", addressOf("update_flow_draft", { path: { id } }), data, undefined, version ?? undefined);
      void client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, ["flow"]), refetchType: "none" });
      return { kind: "saved", version: versionOf(answer) ?? null };
    } catch (error) {
      // signed out: sign-in lies over the page, and then it is sent again
      if (error instanceof ApiProblem && error.status === 401) void client.invalidateQueries({ queryKey: SESSION });
      return unlessOwn(outcomeOf(error), attributes, () => read(ask("get_flow_draft", { path: { id } })));
    }
  };
}

/** A flow that has not begun to be drawn. */
export const EMPTY: Wire = { triggers: [{ type: "metric", id: null, trigger_filter: null }], profile_filter: null, actions: [], entry_action_id: null, reentry_criteria: { duration: 0, unit: "alltime" } };

export const useCreateFlow = () => useSend("create_flow", (attributes: Content) => ({ data: { type: "flow", attributes } as never }));

export const useSetStatus = (id: string) => useSend("update_flow", (status: "draft" | "manual" | "live") => ({ path: { id }, data: { type: "flow", id, attributes: { status } } as never }), "active", ["flow-version", "flow-tests"]);

/** Into the archive, which turns it off, or out of it. */
export const useArchive = () => useSend("update_flow", ({ id, archived }: { id: string; archived: boolean }) => ({ path: { id }, data: { type: "flow", id, attributes: { archived } } as never }), "active", ["flow-version", "flow-tests", "flow-overview", "flow-readiness"]);

export const useDeleteFlow = (id: string) => useSend("delete_flow", () => ({ path: { id } }), "none");

export type LibraryFlow = AttributesOf<"get_flow_library">;

export const useFlowLibrary = () => useQuery(ask("get_flow_library"));

export const useBeginFromLibrary = () => useSend("begin_library_flow", (id: string) => ({ path: { id } }), "active", ["flow"]);

/** The draft as it is on the server now: what publishing it does, and what is in the way. */
export const useFreshDraft = (id: string) => {
  const client = useQueryClient();
  return () => client.fetchQuery({ ...ask("get_flow_draft", { path: { id } }), staleTime: 0, gcTime: 0 });
};

export const usePublish = (id: string) => useSend("publish_flow_draft", () => ({ path: { id } }), "active", ["flow", "flow-draft", "flow-overview", "flow-readiness", "flow-version", "flow-tests"]);

export const useDiscard = (id: string) => useSend("delete_flow_draft", () => ({ path: { id } }), "active", ["flow-draft"]);

export const useFlowVersions = (id: string) => useInfiniteQuery(askPages("get_flow_versions", { path: { id } }));

export const useFlowVersion = (id: string) => useQuery(ask("get_flow_version", { path: { id } }));

/** The draft as it was last read, to be replaced only if it is still that. */
export const useDraftOf = (id: string) => useQuery({ ...ask("get_flow_draft", { path: { id } }), gcTime: 0 });

/** An older version becomes the draft; what was read of the draft before is not opened again. */
export function useRestore(id: string) {
  const client = useQueryClient();
  const restore = useSend("restore_flow_draft", ({ version_id, etag }: { version_id: string; etag: string | undefined }) => ({ path: { id }, version: etag, data: { type: "flow-draft", attributes: { version_id } } as never }), "none");
  return { ...restore, take: (draft: Answer<"restore_flow_draft">) => client.setQueryData(keyOf("get_flow_draft", { path: { id } }), draft) };
}

/** Whether something is drawn that does not run yet. */
export const useHasDraft = (id: string) => useQuery({ ...ask("get_flow_draft", { path: { id } }), select: ({ data }) => data.attributes.is_begun });

export const useFlowReadiness = (id: string, on: boolean) => useQuery({ ...ask("get_flow_readiness", { path: { id } }), enabled: on, staleTime: 0 });

export type Mode = AttributesOf<"get_flow_readiness">["modes"][number];

export const useBackPopulate = (id: string) => useSend("back_populate_flow", (mode: Mode) => ({ path: { id }, data: { type: "flow-back-population", attributes: { mode } } as never }), "active", ["flow", "flow-overview", "flow-run"]);

export const useReviews = (id: string) => useInfiniteQuery(askPages("get_flow_reviews", { query: { filter: `equals(flow_id,"${id}")` } }, 5_000));

export const useDecide = (id: string) =>
  useSend("decide_flow_reviews", ({ decision, reviews }: { decision: "send" | "dismiss"; reviews: string[] | null }) => ({ path: { id }, data: { type: "flow-review-decision", attributes: { decision, reviews } } as never }), "active", ["flow-review", "flow-overview"]);

export const useRuns = (filter: { flow?: string; profile?: string; status?: string }) =>
  useInfiniteQuery(
    askPages("get_flow_runs", {
      query: {
        filter: all(
          filter.flow ? `equals(flow_id,"${filter.flow}")` : undefined,
          filter.profile ? `equals(profile_id,"${filter.profile}")` : undefined,
          filter.status ? `equals(status,"${filter.status}")` : undefined,
        ),
      },
    }, 10_000),
  );
