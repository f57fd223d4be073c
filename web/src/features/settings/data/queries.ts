/** One person's data, deletions, and how long events are kept. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useAccount } from "../../../api/account";
import { ask, askPages, useFresh, useSend, type Answer, type AttributesOf } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import { CALM, LIVE } from "../../../api/pace";
import type { Opened } from "../../../ui/form/useEdit";
import type { Change } from "../../../ui/form/useFormEdit";

export type Deletion = AttributesOf<"get_profile_deletion_jobs">;

/** Looked at often while one is waiting. */
export function useDeletions() {
  const pages = askPages("get_profile_deletion_jobs");
  return useInfiniteQuery({
    ...pages,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ data }) => data.some(({ attributes }) => attributes.status === "queued")) ? LIVE / 2 : CALM,
  });
}

/** Who is to be deleted: by exactly one of these. */
export interface Named {
  id?: string;
  email?: string;
  phone_number?: string;
}

export const useDelete = () =>
  useSend(
    "request_profile_deletion",
    ({ id, ...attributes }: Named) => {
      const profile = { data: { type: "profile", ...(id ? { id } : { attributes }) } };
      return { data: { type: "data-privacy-deletion-job", attributes: { profile } } as never };
    },
    "active",
    ["profile", "list"],
  );

/** How a deletion would name what was typed; undefined where it can't. */
export function namedBy(text: string): Named | undefined {
  const typed = text.trim();
  if (typed.includes("@")) return { email: typed };
  if (/^\+[\d\s()-]{5,}$/.test(typed)) return { phone_number: typed.replace(/[\s()-]/g, "") };
  return /^[0-9A-Z]{26}$/i.test(typed) ? { id: typed.toUpperCase() } : undefined;
}

const rule = (id: string) => ask("get_data_retention", { path: { id } });

export const useRetention = () => useQuery(rule(useAccount().account_id));

export const useFreshRetention = () => useFresh(rule(useAccount().account_id));

/** Empty: for ever. */
export interface RuleDraft {
  all_months: number | "";
  anonymous_months: number | "";
}

export function openedRule(document: Answer<"get_data_retention">): Opened<RuleDraft> {
  const { all_months, anonymous_months } = document.data.attributes;
  return { values: { all_months: all_months ?? "", anonymous_months: anonymous_months ?? "" }, version: versionOf(document) };
}

export function useSaveRetention() {
  const { account_id: id } = useAccount();
  return useSend("update_data_retention", ({ changes, version }: Change<RuleDraft>) => {
    const attributes = Object.fromEntries(Object.entries(changes).map(([name, months]) => [name, months === "" ? null : months]));
    return { path: { id }, version, data: { type: "data-retention", id, attributes } as never };
  });
}
