import { useInfiniteQuery } from "@tanstack/react-query";
import { askPages, useSend, type AttributesOf } from "../../api/ask";
import { all, contains } from "../../api/filters";
import type { Resource } from "../../api/types";

export type Image = Resource<AttributesOf<"get_images">>;

/** Newest first; `hidden`: those that pickers don't offer. */
export function useImages({ name, hidden = false }: { name?: string; hidden?: boolean } = {}) {
  const filter = all(name ? contains("name", name) : undefined, hidden ? "equals(hidden,true)" : undefined);
  return useInfiniteQuery(askPages("get_images", { query: { filter, sort: "-updated_at", "page[size]": 60 } }));
}

export function useUploadImage() {
  return useSend("upload_image_from_file", (file: File) => {
    const data = new FormData();
    data.append("file", file);
    return { data };
  });
}

export const useUpdateImage = (id: string) =>
  useSend("update_image", (attributes: { name?: string; hidden?: boolean }) => ({ path: { id }, data: { type: "image", id, attributes } as never }));
