/** The draft that is being written, and its way to the server and back. Without React, so that it can be tried out with a
 * road of one's own. */

import type { Journal } from "../../../editor/journal";
import { outcomeOf, type Outcome } from "../../../editor/outcome";
import type { Saving } from "../../../editor/save";
import { Saver, type Standing } from "../../../editor/saver";
import { same } from "../../../ui/form/join";
import { adopted, changesOf, joined, type Draft } from "./document";

/** A draft as the server has it. */
export interface Known {
  draft: Draft;
  version: string | null;
}

/** What is not sent, with what it was made from. */
export interface Unsent {
  base: Draft;
  draft: Draft;
}

export interface DraftRoad {
  send: (changes: Partial<Draft>, version: string | null) => Promise<Known>;
  /** As it is now, whatever is kept of it. */
  fresh: () => Promise<Known>;
  journal: Journal<Unsent>;
}

/** What somebody else changed meanwhile. */
export interface Meanwhile {
  taken: string[];
  disputed: string[];
  theirs: Record<string, unknown>;
  mine: Record<string, unknown>;
  at: string | null;
}

export interface State extends Standing {
  draft: Draft;
  meanwhile: Meanwhile | null;
}

export class DraftStore {
  private state: State;
  private readonly listeners = new Set<() => void>();
  private readonly saver: Saver<Draft, Unsent>;
  readonly flush: () => Promise<boolean>;
  readonly leave: () => void;
  readonly standing: () => Standing;

  constructor(
    opened: Known,
    private readonly road: DraftRoad,
  ) {
    this.saver = new Saver<Draft, Unsent>(opened.draft, opened.version, {
      document: () => this.state.draft,
      same,
      send: (sent, saving) => this.send(sent, saving),
      kept: (draft, base) => ({ base, draft }),
      journal: road.journal,
    });
    this.state = { draft: opened.draft, meanwhile: null, ...this.saver.standing() };
    this.saver.subscribe(() => this.set(this.saver.standing()));
    ({ flush: this.flush, leave: this.leave, standing: this.standing } = this.saver);
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly snapshot = () => this.state;

  /** `urgent`: sent at once, for what is chosen rather than typed. */
  change(changes: Partial<Draft>, urgent = false): void {
    this.set({ draft: { ...this.state.draft, ...changes } });
    this.saver.changed(urgent);
  }

  /** What was kept in this browser is on the screen again, over what the server has now. */
  restore({ base, draft }: Unsent): void {
    this.change(joined(base, draft, this.state.draft).values);
  }

  /** Drops mine for what the other saved. */
  take(): void {
    this.set({ draft: this.saver.saved });
    this.overwrite();
  }

  /** Sends mine over what was shown of theirs. */
  overwrite(): void {
    const version = this.state.conflict?.version ?? null;
    this.set({ meanwhile: null });
    this.saver.settle(this.saver.saved, version);
  }

  private set(changes: Partial<State>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of this.listeners) listener();
  }

  private async send(sent: Draft, { saved, version }: Saving<Draft>): Promise<Outcome<Draft>> {
    try {
      const answer = await this.road.send(changesOf(saved, sent), version);
      this.set({ draft: adopted(sent, this.state.draft, answer.draft) });
      return { kind: "saved", version: answer.version, saved: answer.draft };
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome.kind !== "conflict") return outcome;
      const theirs = await this.road.fresh();
      const { values, taken, disputed, theirsFlat, mineFlat } = joined(saved, this.state.draft, theirs.draft);
      if (taken.length === 0 && disputed.length === 0) {
        // what this page sent before an answer was lost, or when it was left: nobody else changed anything
        this.set({ draft: values });
        return { kind: "saved", version: theirs.version, saved: theirs.draft };
      }
      const conflict = { ...outcome.conflict, version: theirs.version };
      this.set({ draft: values, meanwhile: { taken, disputed, theirs: theirsFlat, mine: mineFlat, at: conflict.at } });
      return { kind: "conflict", conflict, theirs: theirs.draft };
    }
  }
}
