/** Imports of files: what the pages ask of them, and what they change. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask, askPages, isAbout, useSend, type Answer, type AttributesOf } from "../../api/ask";
import { send } from "../../api/client";
import { facts } from "../../api/facts";
import { CALM } from "../../api/pace";

export type Import = AttributesOf<"get_import">;
export type Options = Import["options"];
export type Consent = Options["consent"];
export type ImportKind = Import["kind"];

/** Milliseconds between two looks at a file that is being read. */
const MOVING = 700;

export const isMoving = (status: string) => status === "checking" || status === "running";

export const useImports = () => useInfiniteQuery(askPages("get_imports", { query: { "page[size]": 50 } }, CALM));

export const useImport = (id: string) =>
  useQuery({
    ...ask("get_import", { path: { id } }),
    refetchInterval: ({ state }) => (isMoving((state.data as Answer<"get_import"> | undefined)?.data.attributes.status ?? "") ? MOVING : false),
  });

/** Hands a file over; it is looked at and nothing is brought in. */
export const useUpload = () =>
  useSend("upload_import", ({ file, kind }: { file: File; kind: ImportKind }) => {
    const data = new FormData();
    data.append("kind", kind);
    data.append("file", file);
    return { data };
  });

export interface Draft {
  mapping: Record<string, string>;
  options: Options;
}

/** Saves the answers, then begins to check the file with them. */
export function useCheck(id: string) {
  const client = useQueryClient();
  const { types } = facts.check_import;
  return useMutation({
    mutationFn: async (attributes: Draft) => {
      await send("PATCH", facts.update_import.path.replace("{id}", id), { type: "file-import", id, attributes });
      await send("POST", facts.check_import.path.replace("{id}", id));
    },
    onSettled: () => client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, types) }),
  });
}

export const useStart = (id: string) => useSend("start_import", () => ({ path: { id } }));

export const useCancel = (id: string) => useSend("cancel_import", () => ({ path: { id } }));

/** Where the refused rows of an import can be downloaded. */
export const refusedRowsOf = (id: string) => `/api/imports/${encodeURIComponent(id)}/refused-rows`;
