import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ask, askPages } from "../../api/ask";
import { equals } from "../../api/filters";
import { CALM } from "../../api/pace";

/** One list with the number of its members. */
export const useList = (id: string, on = true) =>
  useQuery({
    ...ask("get_list", { path: { id }, query: { "additional-fields[list]": "profile_count" } }),
    enabled: on,
    refetchInterval: CALM,
  });

/** Members, the latest first; `email` is a whole address. */
export const useListMembers = (id: string, email?: string) => {
  const query = { filter: equals("email", email), "page[size]": 50, sort: "-joined_group_at" };
  return useInfiniteQuery(askPages("get_profiles_for_list", { path: { id }, query }, CALM));
};
