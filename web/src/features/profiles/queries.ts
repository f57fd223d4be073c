import { useInfiniteQuery, useQuery, type QueryClient } from "@tanstack/react-query";
import { ask, askPages } from "../../api/ask";
import { equals } from "../../api/filters";

/** Profiles, newest first; `search` is a whole e-mail address, phone number (+…) or profile id. */
export function useProfiles(search: string) {
  const query = { filter: identity(search), sort: "-created", "page[size]": 50 };
  return useInfiniteQuery(askPages("get_profiles", { query }));
}

/** The person that `search` names as `useProfiles` understands it, or undefined. */
export async function findProfile(client: QueryClient, search: string) {
  const question = ask("get_profiles", { query: { filter: identity(search), "page[size]": 1 } });
  const answer = await client.fetchQuery(question);
  return answer.data[0];
}

function identity(search: string): string | undefined {
  const text = search.trim();
  if (text.includes("@")) return equals("email", text);
  if (/^\+?[\d\s()-]{5,}$/.test(text)) return equals("phone_number", text.replace(/[\s()-]/g, ""));
  return equals(/^[0-9A-Z]{26}$/i.test(text) ? "id" : "external_id", text);
}

export const useProfile = (id: string) =>
  useQuery(ask("get_profile", { path: { id }, query: { "additional-fields[profile]": "subscriptions" } }));

export const useListsOf = (id: string) => useInfiniteQuery(askPages("get_lists_for_profile", { path: { id } }));

export const useSegmentsOf = (id: string) => useInfiniteQuery(askPages("get_segments_for_profile", { path: { id } }));
