import { ApiProblem, versionOf } from "../api/client";
import { isSameContent } from "./content";
import type { Conflict, Problem } from "./save";

/** What became of a request. */
export type Outcome<Document = unknown> =
  /** `saved`: what the server made of what was sent, where that is something else */
  | { readonly kind: "saved"; readonly version: string | null; readonly saved?: Document }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] }
  | { readonly kind: "away" }
  /** `theirs`: what is saved now, where what is on the screen was joined with it */
  | { readonly kind: "conflict"; readonly conflict: Conflict; readonly theirs?: Document };

/** Signed out, too slow or too many calls: no refusal, so it is sent again. */
const LATER = [0, 401, 408, 429];

/** What an error of the API's is to an editor; throws what is none. */
export function outcomeOf(error: unknown): Exclude<Outcome<never>, { kind: "saved" }> {
  if (!(error instanceof ApiProblem)) throw error;
  const [first] = error.faults;
  if (error.status === 412) {
    const said = (name: string) => (typeof first?.meta[name] === "string" ? first.meta[name] : null);
    return { kind: "conflict", conflict: { by: said("by"), at: said("updated"), version: said("version") } };
  }
  if (LATER.includes(error.status) || error.status >= 500) return { kind: "away" };
  const faults = error.faults.length > 0 ? error.faults : [{ detail: error.message, pointer: null }];
  return { kind: "refused", problems: faults.map(({ detail, pointer }) => ({ detail, pointer })) };
}

interface Question<Document> {
  queryFn: (context: { signal: AbortSignal }) => Promise<Document>;
}

interface Found {
  readonly attributes: object;
  readonly version: string | null;
}

/** A record as it is now, which the page that is open does not get; null where it can't be read. */
export async function read({ queryFn }: Question<{ data: { attributes: object } }>): Promise<Found | null> {
  const document = await queryFn({ signal: new AbortController().signal }).catch(() => null);
  return document && { attributes: document.data.attributes, version: versionOf(document) ?? null };
}

/** The same outcome, but for a conflict with oneself: what a page sent while it was left is there by now, nobody else
 * changed it, and it is saved. */
export async function unlessOwn(outcome: Exclude<Outcome<never>, { kind: "saved" }>, sent: object, there: () => Promise<Found | null>): Promise<Outcome> {
  if (outcome.kind !== "conflict") return outcome;
  const now = await there();
  if (!now) return outcome;
  const theirs = now.attributes as Record<string, unknown>;
  const same = Object.entries(sent).every(([name, value]) => isSameContent(theirs[name], value));
  return same ? { kind: "saved", version: now.version } : outcome;
}
