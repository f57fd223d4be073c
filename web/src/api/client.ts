/** The one road to the server: same origin, session cookie, JSON:API both ways. */

const REVISION = "2026-10-15";

export type Params = Record<string, string | number | undefined>;

/** What went wrong, said so that a person can act on it. `status` is 0 where no answer came at all. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** `path` with its query; brackets and commas stay readable, as the API documents them. Empty values are left out. */
export function withParams(path: string, params: Params = {}): string {
  const pairs = Object.entries(params).filter(([, value]) => value !== undefined && value !== "");
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
  return query ? `${path}?${query}` : path;
}

/** A `links.next` made relative: behind a proxy the server's own idea of its origin may differ from the page's. */
export function samePath(link: string): string {
  const url = new URL(link, location.origin);
  return url.pathname + url.search;
}

/** GET one document. Throws ApiProblem; an abort passes through untouched. */
export async function get<Document>(path: string, params?: Params, signal?: AbortSignal): Promise<Document> {
  const response = await reach(withParams(path, params), signal);
  if (!response.ok) throw await problemOf(response);
  try {
    return (await response.json()) as Document;
  } catch {
    throw new ApiProblem(response.status, "The server's answer could not be read. It may be starting or being updated.");
  }
}

async function reach(path: string, signal?: AbortSignal): Promise<Response> {
  const headers = { revision: REVISION, accept: "application/vnd.api+json", "Content-Type": "application/json" };
  try {
    return await fetch(path, { headers, credentials: "same-origin", signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, "The server did not answer. Check that it is running and that you are online.");
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const seconds = Number(response.headers.get("Retry-After"));
  return new ApiProblem(response.status, await detailOf(response), seconds > 0 ? seconds : null);
}

async function detailOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const first = (body as { errors?: { detail?: string; title?: string }[] } | null)?.errors?.[0];
  return first?.detail ?? first?.title ?? `The server answered ${response.status}.`;
}
