/**
 * When an editor saves, and what it knows of what was saved: a state and what happens to it, without a clock or a
 * network of its own, so that it can be tried out second by second.
 *
 * One request at a time. The next is made from the newest document, with the version of the last answer. What was
 * refused is not sent again unchanged. While the server is away it tries again, with pauses that grow.
 */

/** Quiet for so long after a change, */
export const QUIET_MS = 2000;
/** but never longer without saving. */
export const LONGEST_MS = 10_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export interface Problem {
  readonly detail: string;
  /** JSON pointer into what was sent */
  readonly pointer: string | null;
}

/** Who changed it meanwhile. */
export interface Conflict {
  readonly by: string | null;
  readonly at: string | null;
  readonly version: string | null;
}

export interface Saving<Document> {
  /** what the server took last, and the version it answered */
  readonly saved: Document;
  readonly version: string | null;
  readonly sending: Document | null;
  /** times of the first and the last change that is not sent yet */
  readonly changedFirst: number | null;
  readonly changedLast: number | null;
  readonly refused: Document | null;
  readonly problems: readonly Problem[];
  readonly conflict: Conflict | null;
  /** how often in a row the server was away, and when to try again */
  readonly failures: number;
  readonly retryAt: number | null;
}

export type Same<Document> = (first: Document, second: Document) => boolean;

export function opened<Document>(saved: Document, version: string | null): Saving<Document> {
  return {
    saved, version, sending: null, changedFirst: null, changedLast: null, refused: null, problems: [],
    conflict: null, failures: 0, retryAt: null,
  };
}

export function edited<Document>(saving: Saving<Document>, now: number): Saving<Document> {
  return { ...saving, changedFirst: saving.changedFirst ?? now, changedLast: now };
}

/** Whether something is on the screen that the server has not taken. */
export function isDirty<Document>(saving: Saving<Document>, document: Document, same: Same<Document>): boolean {
  return !same(document, saving.saved);
}

/**
 * When to send: a time (now or before = at once), or null while there is nothing to send or somebody has to decide.
 * `urgent`: for leaving, previewing, sending a test.
 */
export function sendAt<Document>(
  saving: Saving<Document>, document: Document, same: Same<Document>, urgent = false,
): number | null {
  if (saving.sending !== null || saving.conflict !== null || !isDirty(saving, document, same)) return null;
  if (saving.refused !== null && same(document, saving.refused)) return null;
  if (urgent) return 0;
  if (saving.retryAt !== null) return saving.retryAt;
  const first = saving.changedFirst ?? 0;
  return Math.min((saving.changedLast ?? first) + QUIET_MS, first + LONGEST_MS);
}

export function sent<Document>(saving: Saving<Document>, document: Document): Saving<Document> {
  return { ...saving, sending: document, changedFirst: null, changedLast: null, retryAt: null };
}

/** The server took what was being sent. */
export function answered<Document>(saving: Saving<Document>, version: string | null): Saving<Document> {
  const saved = saving.sending ?? saving.saved;
  return { ...saving, saved, version, sending: null, refused: null, problems: [], failures: 0, retryAt: null };
}

/** The server said what is wrong with it. */
export function refused<Document>(saving: Saving<Document>, problems: readonly Problem[]): Saving<Document> {
  return { ...saving, refused: saving.sending, sending: null, problems, failures: 0, retryAt: null };
}

/** Nothing came back, or a fault of the server's. */
export function away<Document>(saving: Saving<Document>, now: number): Saving<Document> {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** saving.failures, LONGEST_PAUSE_MS);
  return { ...saving, sending: null, failures: saving.failures + 1, retryAt: now + pause };
}

/** Somebody else saved first (412). */
export function conflicted<Document>(saving: Saving<Document>, conflict: Conflict): Saving<Document> {
  return { ...saving, sending: null, conflict };
}

/** Theirs is what is saved now; what is on the screen is compared with it, and sent with its version. */
export function settled<Document>(saving: Saving<Document>, theirs: Document, version: string | null): Saving<Document> {
  return { ...saving, saved: theirs, version, conflict: null, refused: null, problems: [], retryAt: 0 };
}

export type SavingState = "saved" | "changed" | "saving" | "away" | "refused" | "conflict";

export function stateOf<Document>(
  saving: Saving<Document>, document: Document, same: Same<Document>,
): SavingState {
  if (saving.conflict !== null) return "conflict";
  if (saving.sending !== null) return "saving";
  if (!isDirty(saving, document, same)) return "saved";
  if (saving.refused !== null && same(document, saving.refused)) return "refused";
  return saving.failures > 0 ? "away" : "changed";
}
