import { ApiProblem } from "../api/client";
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
