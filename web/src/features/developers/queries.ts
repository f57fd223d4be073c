import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ask, askPages, type AttributesOf } from "../../api/ask";
import { all, equals } from "../../api/filters";
import { LIVE } from "../../api/pace";

export type ApiCall = AttributesOf<"get_api_calls">;

/** The last calls, the latest first: of one key or of all, all of them or those that were refused. */
export function useApiCalls(key: string, refused: boolean) {
  const filter = all(equals("key", key || undefined), refused ? "greater-or-equal(status,400)" : undefined);
  return useInfiniteQuery(askPages("get_api_calls", { query: { filter, "page[size]": 50 } }, LIVE));
}

/** When the store's first event came, null while none has; undefined until that is known. */
export function useFirstEvent(): string | null | undefined {
  const { data } = useQuery({ ...ask("get_first_steps"), refetchInterval: LIVE });
  const step = data?.data.attributes.steps.find(({ id }) => id === "store_event");
  return step && (step.at ?? null);
}
