import { useInfiniteQuery, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { addressOf, ask, askPages, useSend, type ResourceOf } from "../../api/ask";
import { equals } from "../../api/filters";

/** Profiles; `search` is a whole e-mail address, phone number (+…) or profile id. */
export function useProfiles(search: string, sort = "-created") {
  const query = { filter: identity(search), sort, "page[size]": 100 };
  return useInfiniteQuery(askPages("get_profiles", { query }));
}

/** The person that `search` names as `useProfiles` understands it, or undefined. */
export async function findProfile(client: QueryClient, search: string) {
  const question = ask("get_profiles", { query: { filter: identity(search), "page[size]": 1 } });
  const answer = await client.fetchQuery(question);
  return answer.data[0] ?? (search.includes("@") ? inAnySpelling(client, search.trim()) : undefined);
}

/** The filter of profiles compares an address to the letter; people write theirs in capitals, too. */
async function inAnySpelling(client: QueryClient, address: string): Promise<ResourceOf<"get_profiles"> | undefined> {
  const found = await client.fetchQuery(ask("search", { query: { q: address, kinds: "profile" } }));
  const isIt = (text: string | null | undefined) => text?.toLowerCase() === address.toLowerCase();
  const one = found.data.find(({ attributes: { name, detail } }) => isIt(name) || isIt(detail));
  if (!one) return undefined;
  const same = await client.fetchQuery(ask("get_profiles", { query: { filter: equals("id", one.attributes.record), "page[size]": 1 } }));
  return same.data[0];
}

function identity(search: string): string | undefined {
  const text = search.trim();
  if (text.includes("@")) return equals("email", text);
  if (/^\+?[\d\s()-]{5,}$/.test(text)) return equals("phone_number", text.replace(/[\s()-]/g, ""));
  return equals(/^[0-9A-Z]{26}$/i.test(text) ? "id" : "external_id", text);
}

/** Where the file of all that is held of a person is. */
export const everythingOf = (id: string): string => addressOf("export_profile_data", { path: { id } });

const one = (id: string) => ask("get_profile", { path: { id }, query: { "additional-fields[profile]": "subscriptions" } });

export const useProfile = (id: string, on = true) => useQuery({ ...one(id), enabled: on });

/** The profile as it is now, whatever is kept of it. */
export const useFreshProfile = (id: string) => {
  const client = useQueryClient();
  return () => client.fetchQuery({ ...one(id), staleTime: 0 });
};

export const useListsOf = (id: string) => useInfiniteQuery(askPages("get_lists_for_profile", { path: { id } }));

export const useSegmentsOf = (id: string) => useInfiniteQuery(askPages("get_segments_for_profile", { path: { id } }));

interface Change {
  attributes: object;
  meta?: object;
  /** Of the profile that was opened. */
  version?: string | undefined;
}

/** Makes one where `id` is undefined. */
export function useSaveProfile(id?: string) {
  const isNew = id === undefined;
  return useSend(isNew ? "create_profile" : "update_profile", ({ version, ...change }: Change) => ({
    path: isNew ? {} : { id },
    version,
    data: { type: "profile", ...(isNew ? {} : { id }), ...change } as never,
  }));
}

/** Asks again for whatever is shown of one profile, and for nothing of another, which may be gone. */
export function useRefresh() {
  const client = useQueryClient();
  const isOf = ([, , given]: readonly unknown[], id: string) => (given as { path?: { id?: string } } | undefined)?.path?.id === id;
  return (id: string) => client.invalidateQueries({ predicate: ({ queryKey }) => isOf(queryKey, id) });
}

/** Folds the profile `source` into `into`. */
export const useMerge = () =>
  useSend(
    "merge_profiles",
    ({ into, source }: { into: string; source: string }) => ({
      data: { type: "profile-merge", id: into, relationships: { profiles: { data: [{ type: "profile", id: source }] } } } as never,
    }),
    "none",
  );

/** Deletes a person and what is known of them, in the background. */
export const useDeleteProfile = (id: string) =>
  useSend(
    "request_profile_deletion",
    () => ({ data: { type: "data-privacy-deletion-job", attributes: { profile: { data: { type: "profile", id } } } } as never }),
    "none",
    ABOUT,
  );

/** What a job over people changes. */
const ABOUT = ["profile", "list"];

const suppressing = (kind: "create" | "delete") => (emails: string[]) => {
  const profiles = { data: emails.map((email) => ({ type: "profile", attributes: { email } })) };
  return { data: { type: `profile-suppression-bulk-${kind}-job`, attributes: { profiles } } as never };
};

export const useSuppress = () => useSend("bulk_suppress_profiles", suppressing("create"), "active", ABOUT);
export const useUnsuppress = () => useSend("bulk_unsuppress_profiles", suppressing("delete"), "active", ABOUT);

export type Channel = "email" | "sms";

export interface Person {
  id: string;
  email: string | null;
  phone_number: string | null;
}

interface ConsentChange {
  people: Person[];
  channels: Channel[];
  list: string | null;
  /** Where the consent was given, in words. */
  source?: string;
}

const consenting = (kind: "create" | "delete", consent: string) => (change: ConsentChange) => {
  const { people, channels, list, source } = change;
  const subscriptions = Object.fromEntries(channels.map((channel) => [channel, { marketing: { consent } }]));
  const data = people.map(({ id, email, phone_number }) => ({
    type: "profile",
    id,
    attributes: { ...(channels.includes("email") ? { email } : {}), ...(channels.includes("sms") ? { phone_number } : {}), subscriptions },
  }));
  const relationships = list ? { relationships: { list: { data: { type: "list", id: list } } } } : {};
  const attributes = { profiles: { data }, ...(source ? { custom_source: source } : {}) };
  return { data: { type: `profile-subscription-bulk-${kind}-job`, attributes, ...relationships } as never };
};

export const useSubscribe = () => useSend("bulk_subscribe_profiles", consenting("create", "SUBSCRIBED"), "active", ABOUT);
export const useUnsubscribe = () => useSend("bulk_unsubscribe_profiles", consenting("delete", "UNSUBSCRIBED"), "active", ABOUT);

interface Membership {
  list: string;
  people: string[];
}

const membership = ({ list, people }: Membership) => ({ path: { id: list }, data: people.map((id) => ({ type: "profile", id })) as never });

export const useAddToList = () => useSend("add_profiles_to_list", membership);
export const useRemoveFromList = () => useSend("remove_profiles_from_list", membership);

/** People that one request takes. */
export const MOST = { members: 1000, consents: 100 };
