import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask, askAll, askPages, type AttributesOf, isAbout, useSend } from "../../api/ask";
import { get, samePath, send, withParams } from "../../api/client";
import { equals } from "../../api/filters";
import { CALM } from "../../api/pace";
import type { List, Many, Profile, Resource } from "../../api/types";

const one = (id: string) => ask("get_list", { path: { id }, query: { "additional-fields[list]": "profile_count" } });

/** One list with the number of its members. */
export const useList = (id: string, on = true) => useQuery({ ...one(id), enabled: on, refetchInterval: CALM });

/** The list as it is now, whatever is kept of it. */
export const useFreshList = (id: string) => {
  const client = useQueryClient();
  return () => client.fetchQuery({ ...one(id), staleTime: 0 });
};

/** Members, by when they joined; `email` is a whole address. `rest`: they are not looked at again by themselves. */
export const useListMembers = (id: string, { email, sort = "-joined_group_at", rest = false }: { email?: string; sort?: string; rest?: boolean } = {}) => {
  const query = { filter: equals("email", email), "page[size]": 100, sort };
  return useInfiniteQuery(askPages("get_profiles_for_list", { path: { id }, query }, rest ? false : CALM));
};

export type ListDraft = Pick<List, "name" | "opt_in_process">;

/** Makes one where `id` is undefined. `version`: of the one that was opened. */
export function useSaveList(id?: string) {
  const isNew = id === undefined;
  return useSend(isNew ? "create_list" : "update_list", ({ version, ...attributes }: Partial<ListDraft> & { version?: string | undefined }) => ({
    path: isNew ? {} : { id },
    version,
    data: { type: "list", ...(isNew ? {} : { id }), attributes } as never,
  }));
}

export const useDeleteList = (id: string) => useSend("delete_list", () => ({ path: { id } }), "none");

/** Lets go of kept lists that nothing shows, so that a page with all of them doesn't begin with a deleted one. */
export function useForgetLists() {
  const client = useQueryClient();
  return () => client.removeQueries({ type: "inactive", predicate: ({ queryKey }) => isAbout(queryKey, ["list"]) });
}

export type Reference = AttributesOf<"get_references_for_list">;

/** Flows, segments and campaigns that name it. */
export const useReferences = (id: string, on: boolean) => useQuery({ ...askAll("get_references_for_list", { path: { id } }), enabled: on });

export const useTags = () => useQuery(askAll("get_tags"));
export const useTagsOf = (id: string) => useQuery(askAll("get_tags_for_list", { path: { id } }));

/** Gives a list these tags and no others; those that are not there yet are made. */
export function useSetTags(id: string) {
  const client = useQueryClient();
  const list = [{ type: "list", id }];
  const on = (tag: string) => `/api/tags/${tag}/relationships/lists`;
  return useMutation({
    mutationFn: async (names: string[]) => {
      const all = await client.fetchQuery({ ...askAll("get_tags"), staleTime: 0 });
      const has = await client.fetchQuery({ ...askAll("get_tags_for_list", { path: { id } }), staleTime: 0 });
      const known = new Map(all.data.map((tag) => [tag.attributes.name ?? "", tag.id]));
      const had = new Map(has.data.map((tag) => [tag.attributes.name ?? "", tag.id]));
      for (const name of names.filter((each) => !had.has(each))) {
        const tag = known.get(name) ?? (await send<{ data: { id: string } }>("POST", "/api/tags", { type: "tag", attributes: { name } })).data.id;
        await send("POST", on(tag), list);
      }
      for (const [name, tag] of had) if (!names.includes(name)) await send("DELETE", on(tag), list);
    },
    onSettled: () => client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, ["tag", "list"]) }),
  });
}

type Job = AttributesOf<"get_bulk_import_profiles_job">;

/** Milliseconds between two looks at an import. */
const LOOK = 300;

/** Puts addresses on a list, and makes profiles of those that are nobody yet; answers what became of it once it is done. */
export function useAddAddresses(list: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (addresses: string[]): Promise<Job> => {
      const data = addresses.map((email) => ({ type: "profile", attributes: { email } }));
      const body = {
        type: "profile-bulk-import-job",
        attributes: { profiles: { data } },
        relationships: { lists: { data: [{ type: "list", id: list }] } },
      };
      const { data: job } = await send<{ data: Resource<Job> }>("POST", "/api/profile-bulk-import-jobs", body);
      for (;;) {
        const { data: now } = await get<{ data: Resource<Job> }>(`/api/profile-bulk-import-jobs/${job.id}`);
        if (now.attributes.status !== "queued" && now.attributes.status !== "processing") return now.attributes;
        await new Promise((resolve) => setTimeout(resolve, LOOK));
      }
    },
    onSuccess: () => client.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, ["profile", "list"]) }),
  });
}

/** All members with their consent, page by page; `progress` is told how many there are so far. */
export async function everyMember(list: string, progress: (number: number) => void, signal: AbortSignal): Promise<Resource<Profile>[]> {
  const members: Resource<Profile>[] = [];
  const query = { "additional-fields[profile]": "subscriptions", "page[size]": 100, sort: "joined_group_at" };
  let next: string | null = withParams(`/api/lists/${encodeURIComponent(list)}/profiles`, query);
  while (next) {
    const page: Many<Profile> = await get<Many<Profile>>(next, signal);
    members.push(...page.data);
    progress(members.length);
    next = page.links?.next ? samePath(page.links.next) : null;
  }
  return members;
}
