/** The one road to the server: same origin, session cookie, JSON:API both ways. */

const REVISION = "2026-10-15";

export type Params = Record<string, string | number | boolean | readonly string[] | undefined>;

/** One error of an answer: what is wrong, and where in what was sent, as a JSON pointer or a parameter's name. */
export interface Fault {
  detail: string;
  code: string | null;
  pointer: string | null;
  parameter: string | null;
  meta: Record<string, unknown>;
}

/** What went wrong, said so that a person can act on it. `status` is 0 where no answer came at all; `faults` has every
 * error of the answer, so that a form can mark all its fields. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter: number | null = null,
    readonly faults: readonly Fault[] = [],
  ) {
    super(message);
  }

  /** Where the first fault lies in what was sent. */
  get pointer(): string | null {
    return this.faults[0]?.pointer ?? null;
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
export async function get<Document>(path: string, signal?: AbortSignal): Promise<Document> {
  return read(await reach(path, signal ? { signal } : {}));
}

/** POST, PATCH or DELETE; the answer's document, or undefined where there is none. A form is sent as it is, anything
 * else as the `data` of a document. `version`: of the record that is changed, as it was read (`versionOf`); where it has
 * another one by now, that is a problem of status 412. Throws as `get` does. */
export async function send<Document>(method: string, path: string, data?: unknown, signal?: AbortSignal, version?: string): Promise<Document> {
  const body = data === undefined ? null : data instanceof FormData ? data : JSON.stringify({ data });
  return read(await reach(path, { method, body, signal: signal ?? null }, version ? { "If-Match": version } : {}));
}

/** The version of the one record that an answer holds: its ETag. It stands beside `data`, so that it is kept with it. */
export function versionOf(document: object | undefined): string | undefined {
  return (document as { etag?: string } | undefined)?.etag;
}

/** Whether somebody else changed the record since the version that was named. */
export const isOutdated = (error: unknown): error is ApiProblem => error instanceof ApiProblem && error.status === 412;

function withVersion<Document>(document: Document, version: string | null): Document {
  return version && document !== null && typeof document === "object" ? { ...document, etag: version } : document;
}

/** POST plain JSON to a page that is no part of the API, such as those that sign in. Throws as `get` does. */
export async function post<Document>(path: string, fields: object): Promise<Document> {
  return read(await reach(path, { method: "POST", body: JSON.stringify(fields) }));
}

async function read<Document>(response: Response): Promise<Document> {
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  try {
    const document = (text ? JSON.parse(text) : undefined) as Document;
    return withVersion(document, response.headers.get("ETag"));
  } catch {
    throw new ApiProblem(response.status, "The server's answer could not be read. It may be starting or being updated.");
  }
}

async function reach(path: string, request: RequestInit, more: Record<string, string> = {}): Promise<Response> {
  const headers: Record<string, string> = { revision: REVISION, accept: "application/vnd.api+json", ...more };
  // a form's type names its boundary, which the browser makes
  if (!(request.body instanceof FormData)) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, { headers, credentials: "same-origin", ...request });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new ApiProblem(0, "The server did not answer. Check that it is running and that you are online.");
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const seconds = Number(response.headers.get("Retry-After"));
  const faults = await faultsOf(response);
  const message = faults[0]?.detail ?? `The server answered ${response.status}.`;
  return new ApiProblem(response.status, message, seconds > 0 ? seconds : null, faults);
}

interface ApiError {
  detail?: string;
  title?: string;
  code?: string;
  source?: { pointer?: string; parameter?: string };
  meta?: Record<string, unknown>;
}

async function faultsOf(response: Response): Promise<Fault[]> {
  const body: unknown = await response.json().catch(() => null);
  const errors = (body as { errors?: ApiError[] } | null)?.errors ?? [];
  return errors.map(({ detail, title, code, source, meta }) => ({
    detail: detail ?? title ?? `The server answered ${response.status}.`,
    code: code ?? null,
    pointer: source?.pointer ?? null,
    parameter: source?.parameter ?? null,
    meta: meta ?? {},
  }));
}
