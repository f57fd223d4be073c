import { useInfiniteQuery, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { ask, askPages, isAbout, useSend, type Answer, type AttributesOf } from "../../api/ask";
import { ApiProblem, send, versionOf } from "../../api/client";
import { contains } from "../../api/filters";
import { SESSION } from "../../api/session";
import { outcomeOf, read, unlessOwn, type Outcome } from "../../editor/outcome";
import type { Content } from "./edit/Editor";
import type { Wire } from "./tree";

export type Template = AttributesOf<"get_templates">;

export const useTemplates = (sort = "-updated", name = "") => useInfiniteQuery(askPages("get_templates", { query: { sort, filter: contains("name", name) } }));

const one = (id: string) => ask("get_template", { path: { id }, query: { "additional-fields[template]": "definition" } });

/** Opened once: what somebody else saves meanwhile is told at the next save, and never put under what is being written. */
export const useTemplate = (id: string) => useQuery({ ...one(id), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false, refetchOnReconnect: false });

export const definitionOf = (document: Answer<"get_template">) => (document.data.attributes as { definition?: Wire | null }).definition ?? null;

export interface NewTemplate {
  name: string;
  editor_type: "SYSTEM_DRAGGABLE" | "CODE";
  definition?: Wire;
  html?: string;
}

export const useCreateTemplate = () => useSend("create_template", (attributes: NewTemplate) => ({ data: { type: "template", attributes } as never }));

export const useCloneTemplate = () => useSend("clone_template", ({ id, name }: { id: string; name: string }) => ({ data: { type: "template", id, attributes: { name } } as never }));

export const useDeleteTemplate = (id: string) => useSend("delete_template", () => ({ path: { id } }), "none");

/** Saves, and says what became of it in the editor's words; the list of templates is asked for again when it is shown. */
export function useSaveTemplate(id: string) {
  const client = useQueryClient();
  return async (attributes: Partial<Content> & { html?: string }, version: string | null): Promise<Outcome> => {
    try {
      const answer = await send<Answer<"get_template">>("PATCH", `/api/templates/${id}`, { type: "template", id, attributes }, undefined, version ?? undefined);
      void client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, ["template"]), refetchType: "none" });
      return { kind: "saved", version: versionOf(answer) ?? null };
    } catch (error) {
      askWho(client, error);
      return unlessOwn(outcomeOf(error), attributes, () => read(one(id)));
    }
  };
}

/** Signed out: sign-in lies over the page, and then it is sent again. */
export function askWho(client: QueryClient, error: unknown): void {
  if (error instanceof ApiProblem && error.status === 401) void client.invalidateQueries({ queryKey: SESSION });
}

export type Starter = AttributesOf<"get_template_starters">;

export const useStarters = () => useQuery({ ...ask("get_template_starters"), staleTime: Infinity });

export const useStarterPreview = ({ definition, subject, event }: Starter) =>
  useQuery({ ...ask("preview_template", { data: { type: "template-preview", attributes: { definition, subject, ...(event ? { event } : {}) } } as never }), staleTime: Infinity });
/** What a mail is made of: as it is on the screen, saved or not. */
export type Source = ({ definition: Wire } | { html: string } | { template_id: string }) & { subject?: string; preview_text?: string };

/** Whom a mail is filled in for, and the event that it follows; null: nobody in particular, none. */
export interface Reader {
  person: string | null;
  event?: string | null;
}

const readerOf = ({ person, event }: Reader) => ({ ...(person ? { profile_id: person } : {}), ...(event ? { event_id: event } : {}) });

/** As the server makes it of what is on the screen, for this reader. */
export const usePreview = (source: Source, reader: Reader) =>
  useQuery({ ...ask("preview_template", { data: { type: "template-preview", attributes: { ...source, ...readerOf(reader) } } as never }), retry: false });

export const useSendTests = () =>
  useSend("send_template_tests", ({ source, reader, recipients }: { source: Source & { subject: string }; reader: Reader; recipients: string[] }) => ({
    data: { type: "template-test-send", attributes: { ...source, ...readerOf(reader), recipients } } as never,
  }));
