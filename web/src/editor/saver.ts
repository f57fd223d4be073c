/** Carries what is on the screen to the server, by the rules of `save.ts`, and keeps in the journal what is not there yet.
 * Without React, so that it can be tried out with a road of one's own. */

import type { Journal } from "./journal";
import type { Outcome } from "./outcome";
import * as save from "./save";
import type { Conflict, Problem, Same, Saving, SavingState } from "./save";

export interface Road<Document, Kept> {
  /** What is on the screen. */
  readonly document: () => Document;
  readonly same: Same<Document>;
  readonly send: (sent: Document, saving: Saving<Document>) => Promise<Outcome<Document>>;
  /** What the journal gets of it. */
  readonly kept: (document: Document, saved: Document) => Kept;
  readonly journal: Journal<Kept>;
}

export interface Standing {
  readonly state: SavingState;
  readonly problems: readonly Problem[];
  readonly conflict: Conflict | null;
}

/** Milliseconds after a change until the browser keeps it. */
const KEEP_MS = 300;

export class Saver<Document, Kept> {
  private saving: Saving<Document>;
  private shown: Standing = { state: "saved", problems: [], conflict: null };
  private readonly listeners = new Set<() => void>();
  private inFlight: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private keeping: ReturnType<typeof setTimeout> | undefined;

  constructor(
    opened: Document,
    version: string | null,
    private road: Road<Document, Kept>,
    /** saved when somebody says so, and not by itself: what others share */
    private readonly byHand = false,
  ) {
    this.saving = save.opened(opened, version);
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly standing = () => this.shown;

  get saved(): Document {
    return this.saving.saved;
  }

  /** From now on by this road. */
  take(road: Road<Document, Kept>): void {
    this.road = road;
  }

  /** What is on the screen changed. `urgent`: it is sent at once, for what is chosen rather than typed. */
  changed(urgent = false): void {
    this.put(save.edited(this.saving, Date.now()));
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), KEEP_MS);
    this.plan(urgent);
  }

  /** Saves now; whether all that is on the screen is saved then. */
  readonly flush = async (): Promise<boolean> => {
    if (this.inFlight) await this.inFlight;
    // once more for what was written meanwhile; what was refused is not sent again unchanged
    for (let tries = 0; tries < 2 && this.sendAt(true) !== null; tries++) await this.run();
    return this.shown.state === "saved";
  };

  /** Theirs is what is saved now; what is on the screen, where it is another, replaces it. */
  settle(theirs: Document, version: string | null): void {
    this.put(save.settled(this.saving, theirs, version));
    this.plan(true);
  }

  /** What is not saved is kept and sent at once. */
  readonly leave = (): void => {
    clearTimeout(this.timer);
    clearTimeout(this.keeping);
    if (save.isDirty(this.saving, this.road.document(), this.road.same)) this.keep();
    if (!this.byHand && this.sendAt(true) !== null) void this.run();
  };

  private keep(): void {
    void this.road.journal.keep(this.road.kept(this.road.document(), this.saving.saved), this.saving.version);
  }

  private sendAt(urgent: boolean): number | null {
    return save.sendAt(this.saving, this.road.document(), this.road.same, urgent);
  }

  private plan(urgent = false): void {
    clearTimeout(this.timer);
    const at = this.sendAt(urgent);
    if (at === null || (this.byHand && !urgent)) return;
    if (urgent) void this.run();
    else this.timer = setTimeout(() => void this.run(), Math.max(0, at - Date.now()));
  }

  private run(): Promise<void> {
    clearTimeout(this.timer);
    this.inFlight ??= this.attempt().finally(() => {
      this.inFlight = null;
      this.plan();
    });
    return this.inFlight;
  }

  private async attempt(): Promise<void> {
    const sent = this.road.document();
    this.put(save.sent(this.saving, sent));
    const outcome = await this.road.send(sent, this.saving).catch((): Outcome<Document> => ({ kind: "away" }));
    this.put(this.after(outcome));
    if (outcome.kind !== "saved" || this.shown.state !== "saved") return;
    clearTimeout(this.keeping);
    void this.road.journal.drop();
  }

  private after(outcome: Outcome<Document>): Saving<Document> {
    switch (outcome.kind) {
      case "saved":
        return save.answered({ ...this.saving, sending: outcome.saved ?? this.saving.sending }, outcome.version);
      case "refused":
        return save.refused(this.saving, outcome.problems);
      case "conflict":
        return save.conflicted({ ...this.saving, saved: outcome.theirs ?? this.saving.saved }, outcome.conflict);
      case "away":
        return save.away(this.saving, Date.now());
    }
  }

  private put(saving: Saving<Document>): void {
    this.saving = saving;
    const { problems, conflict } = saving;
    const state = save.stateOf(saving, this.road.document(), this.road.same);
    const { shown } = this;
    if (shown.state === state && shown.problems === problems && shown.conflict === conflict) return;
    this.shown = { state, problems, conflict };
    for (const listener of this.listeners) listener();
  }
}
