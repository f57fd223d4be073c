/** One person's data, deletions, and how long events are kept. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useAccount } from "../../../api/account";
import { ask, askPages, useSend, type AttributesOf } from "../../../api/ask";
import { CALM, LIVE } from "../../../api/pace";

export type Deletion = AttributesOf<"get_profile_deletion_jobs">;
type Rule = AttributesOf<"get_data_retention">;

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

export function useRetention() {
  const { account_id: id } = useAccount();
  return useQuery(ask("get_data_retention", { path: { id } }));
}

/** Empty: for ever. */
export interface RuleDraft {
  all_months: number | "";
  anonymous_months: number | "";
}

export const draftOf = ({ all_months, anonymous_months }: Rule): RuleDraft => ({
  all_months: all_months ?? "",
  anonymous_months: anonymous_months ?? "",
});

export function useSaveRetention(version: string | undefined) {
  const { account_id: id } = useAccount();
  return useSend("update_data_retention", ({ all_months, anonymous_months }: RuleDraft) => ({
    path: { id },
    version,
    data: {
      type: "data-retention",
      id,
      attributes: { all_months: all_months === "" ? null : all_months, anonymous_months: anonymous_months === "" ? null : anonymous_months },
    } as never,
  }));
}
