/** The draft that is being written, and its way to the server and back. Without React, so that it can be tried out with a
 * road of one's own. */

import { ApiProblem } from "../../../api/client";
import * as save from "../../../editor/save";
import type { Saving, SavingState } from "../../../editor/save";
import { same } from "../../../ui/form/join";
import { adopted, changesOf, joined, type Draft } from "./document";

/** A draft as the server has it. */
export interface Known {
  draft: Draft;
  version: string | null;
}

export interface Road {
  send: (changes: Partial<Draft>, version: string | null) => Promise<Known>;
  /** As it is now, whatever is kept of it. */
  fresh: () => Promise<Known>;
  /** Keeps what is not sent in this browser; null = everything was sent. */
  keep: (unsent: { base: Draft; draft: Draft } | null) => void;
  now: () => number;
}

/** What somebody else changed meanwhile. */
export interface Meanwhile {
  taken: string[];
  disputed: string[];
  theirs: Record<string, unknown>;
  mine: Record<string, unknown>;
  at: string | null;
}

export interface State {
  draft: Draft;
  saving: Saving<Draft>;
  meanwhile: Meanwhile | null;
}

export class DraftStore {
  private state: State;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waiting: (() => void)[] = [];

  constructor(
    opened: Known,
    private readonly road: Road,
  ) {
    this.state = { draft: opened.draft, saving: save.opened(opened.draft, opened.version), meanwhile: null };
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly snapshot = () => this.state;

  get standing(): SavingState {
    return save.stateOf(this.state.saving, this.state.draft, same);
  }

  /** `urgent`: sent at once, for what is chosen rather than typed. */
  change(changes: Partial<Draft>, urgent = false): void {
    const draft = { ...this.state.draft, ...changes };
    this.set({ draft, saving: save.edited(this.state.saving, this.road.now()) });
    this.plan(urgent);
  }

  /** Sends what is not sent yet; whether the server has everything then. */
  async flush(): Promise<boolean> {
    for (let tries = 0; tries < 3; tries++) {
      this.plan(true);
      if (this.state.saving.sending !== null) await new Promise<void>((done) => this.waiting.push(done));
      else break;
    }
    return this.standing === "saved";
  }

  /** What was kept in this browser is on the screen again, over what the server has now. */
  restore(base: Draft, draft: Draft): void {
    this.change(joined(base, draft, this.state.draft).values);
  }

  /** Drops mine for what the other saved. */
  take(): void {
    const { saving } = this.state;
    this.set({ draft: saving.saved, meanwhile: null, saving: save.settled(saving, saving.saved, saving.version) });
    this.plan(false);
  }

  /** Sends mine over what was shown of theirs. */
  overwrite(): void {
    const { saving } = this.state;
    this.set({ meanwhile: null, saving: save.settled(saving, saving.saved, saving.version) });
    this.plan(true);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private set(changes: Partial<State>): void {
    this.state = { ...this.state, ...changes };
    const { draft, saving } = this.state;
    this.road.keep(save.isDirty(saving, draft, same) ? { base: saving.saved, draft } : null);
    for (const listener of this.listeners) listener();
  }

  private plan(urgent: boolean): void {
    clearTimeout(this.timer);
    const { draft, saving } = this.state;
    const at = save.sendAt(saving, draft, same, urgent);
    if (at === null) return;
    const wait = at - this.road.now();
    if (wait <= 0) void this.send();
    else this.timer = setTimeout(() => void this.send(), wait);
  }

  private async send(): Promise<void> {
    const { draft: sent, saving } = this.state;
    this.set({ saving: save.sent(saving, sent) });
    try {
      const answer = await this.road.send(changesOf(saving.saved, sent), saving.version);
      const draft = adopted(sent, this.state.draft, answer.draft);
      const taken = save.answered({ ...this.state.saving, sending: answer.draft }, answer.version);
      this.set({ draft, saving: taken });
    } catch (error) {
      await this.failed(error);
    }
    this.waiting.splice(0).forEach((done) => done());
    this.plan(false);
  }

  private async failed(error: unknown): Promise<void> {
    const { saving } = this.state;
    if (error instanceof ApiProblem && error.status === 412) return this.conflict(error);
    // signed out is no refusal: once somebody is signed in again, it is sent
    const isRefused = error instanceof ApiProblem && error.status >= 400 && error.status < 500 && ![401, 408, 429].includes(error.status);
    if (isRefused) {
      const faults = error.faults.length > 0 ? error.faults : [{ detail: error.message, pointer: null }];
      this.set({ saving: save.refused(saving, faults.map(({ detail, pointer }) => ({ detail, pointer }))) });
    } else this.set({ saving: save.away(saving, this.road.now()) });
  }

  private async conflict(error: ApiProblem): Promise<void> {
    const base = this.state.saving.saved;
    try {
      const theirs = await this.road.fresh();
      const { values, taken, disputed, theirsFlat, mineFlat } = joined(base, this.state.draft, theirs.draft);
      const at = error.faults[0]?.meta.updated;
      const told = { by: null, at: typeof at === "string" ? at : null, version: theirs.version };
      const saving = save.conflicted({ ...this.state.saving, saved: theirs.draft, version: theirs.version }, told);
      const meanwhile = { taken, disputed, theirs: theirsFlat, mine: mineFlat, at: told.at };
      this.set({ draft: values, saving, meanwhile });
    } catch {
      this.set({ saving: save.away(this.state.saving, this.road.now()) });
    }
  }
}
