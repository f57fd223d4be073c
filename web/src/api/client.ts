/** The one road to the server: same origin, session cookie, JSON:API both ways. */

const REVISION = "2026-10-15";

export type Params = Record<string, string | number | undefined>;

/** What went wrong, said so that a person can act on it. `status` is 0 where no answer came at all. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter: number | null = null,
    /** Where in what was sent it lies, as a JSON pointer. */
    readonly pointer: string | null = null,
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
  return read(await reach(withParams(path, params), signal ? { signal } : {}));
}

/** POST, PATCH or DELETE; the answer's document, or undefined where there is none. Throws as `get` does. */
export async function send<Document>(method: string, path: string, data?: unknown, signal?: AbortSignal): Promise<Document> {
  const body = data === undefined ? null : JSON.stringify({ data });
  return read(await reach(path, { method, body, signal: signal ?? null }));
}

async function read<Document>(response: Response): Promise<Document> {
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  try {
    return (text ? JSON.parse(text) : undefined) as Document;
  } catch {
    throw new ApiProblem(response.status, "The server's answer could not be read. It may be starting or being updated.");
  }
}

async function reach(path: string, request: RequestInit): Promise<Response> {
  const headers = { revision: REVISION, accept: "application/vnd.api+json", "Content-Type": "application/json" };
  try {
    return await fetch(path, { headers, credentials: "same-origin", ...request });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new ApiProblem(0, "The server did not answer. Check that it is running and that you are online.");
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const seconds = Number(response.headers.get("Retry-After"));
  const { detail, title, source } = await firstErrorOf(response);
  const message = detail ?? title ?? `The server answered ${response.status}.`;
  return new ApiProblem(response.status, message, seconds > 0 ? seconds : null, source?.pointer ?? null);
}

interface ApiError {
  detail?: string;
  title?: string;
  source?: { pointer?: string };
}

async function firstErrorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  return (body as { errors?: ApiError[] } | null)?.errors?.[0] ?? {};
}
