/** What the ids in the conditions of steps stand for. */

import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { ask } from "../../api/ask";
import { MINUTE } from "../../api/pace";
import { kindOf } from "./steps";
import type { NameOf } from "./steps/kind";
import type { Wire } from "./tree";

interface Step {
  readonly type: string;
  readonly data?: unknown;
}

/** Names of the events that these steps ask about; until one is known, it is “the event”. */
export function useNamesIn(steps: readonly Step[]): NameOf {
  const ids = useMemo(() => metricsIn(steps), [steps]);
  const names = useQueries({
    queries: ids.map((id) => ({ ...ask("get_metric", { path: { id } }), staleTime: MINUTE })),
    combine: (answers) => answers.map(({ data }) => data?.data.attributes.name),
  });
  return useMemo(() => {
    const known = new Map(names.map((name, place) => [ids[place], name]));
    return (kind, id) => (kind === "metric" ? known.get(id) ?? "the event" : id);
  }, [ids, names]);
}

function metricsIn(steps: readonly Step[]): readonly string[] {
  const found = new Set<string>();
  for (const { type, data } of steps) {
    kindOf(type).words((data ?? {}) as Wire, (kind, id) => {
      if (kind === "metric" && id !== "…") found.add(id);
      return id;
    });
  }
  return [...found];
}
