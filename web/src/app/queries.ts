import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "../api/client";
import { SESSION } from "../api/session";


/** Trying again helps against a server that is away or asks to wait, never against a refusal. */
function worthRetrying(failures: number, error: Error): boolean {
  if (!(error instanceof ApiProblem)) return false;
  const passing = error.status === 0 || error.status === 429 || error.status >= 502;
  return passing && failures < 2;
}

function pause(failures: number, error: Error): number {
  const asked = error instanceof ApiProblem ? error.retryAfter : null;
  return 1000 * Math.min(asked ?? 2 ** failures, 30);
}

/** A session that ended while a page was open shows on the next answer: ask for it again, and the gate closes. */
function onProblem(error: Error, key: readonly unknown[] = []): void {
  const ended = error instanceof ApiProblem && error.status === 401;
  if (ended && key[1] !== SESSION[1]) void queries.invalidateQueries({ queryKey: SESSION });
}

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => onProblem(error, query.queryKey) }),
  mutationCache: new MutationCache({ onError: (error) => onProblem(error) }),
  defaultOptions: { queries: { retry: worthRetrying, retryDelay: pause, staleTime: 1_000 } },
});
