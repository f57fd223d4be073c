/** An open editor: its document, what is selected, and the steps that can be taken back. One store per editor. */

import { createStore } from "zustand/vanilla";
import type { StoreApi } from "zustand/vanilla";

import { apply, inverse, joined, NOTHING } from "./document";
import type { Change, Document, Key } from "./document";
import type { Command } from "./commands";

/** Typing and sliders join the step before them, unless so long has passed since. */
export const PAUSE_MS = 1000;

interface Step {
  readonly change: Change;
  readonly words: string;
  readonly before: Key | null;
  readonly after: Key | null;
  readonly merge: string | null;
  readonly at: number;
}

export interface EditorState {
  readonly document: Document;
  readonly selected: Key | null;
  readonly past: readonly Step[];
  readonly future: readonly Step[];
}

export interface RunOptions {
  /** what it did, for the menu and whoever listens: "Move button" */
  readonly words: string;
  /** joins the step before that has the same */
  readonly merge?: string;
  /** what is selected afterwards; absent = as before */
  readonly select?: Key | null;
}

/** Many changes that are one step, as while dragging. */
export interface Gesture {
  run<Given>(command: Command<Given>, given: Given): void;
  keep(): void;
  cancel(): void;
}

export interface Editor {
  readonly store: StoreApi<EditorState>;
  /** One run is one step. A command that changes nothing makes none, and what was undone can still be redone. */
  run<Given>(command: Command<Given>, given: Given, options: RunOptions): void;
  gesture(words: string): Gesture;
  select(key: Key | null): void;
  undo(): string | null;
  redo(): string | null;
  /** Take a change from elsewhere, as when somebody else's is joined: no step of ours, and ours stay as they are. */
  absorb(change: Change): void;
}

const MOST_STEPS = 500;

export function createEditor(document: Document, now: () => number = Date.now): Editor {
  const store = createStore<EditorState>(() => ({ document, selected: null, past: [], future: [] }));
  const { getState: state, setState } = store;

  function push(step: Step): void {
    const { past } = state();
    const top = past.at(-1);
    const joins =
      top !== undefined && step.merge !== null && top.merge === step.merge && step.at - top.at < PAUSE_MS;
    const kept = joins ? past.slice(0, -1) : past;
    const added = joins ? { ...step, change: joined(top.change, step.change), before: top.before } : step;
    const steps = added.change.size === 0 ? kept : [...kept, added].slice(-MOST_STEPS);
    setState({ past: steps, future: [] });
  }

  function go(from: "past" | "future"): string | null {
    const step = state()[from].at(-1);
    if (step === undefined) return null;
    const back = from === "past";
    const change = back ? inverse(step.change) : step.change;
    // typing after it begins a step of its own
    const moved = { ...step, merge: null };
    setState({
      document: apply(state().document, change),
      selected: back ? step.before : step.after,
      past: back ? state().past.slice(0, -1) : [...state().past, moved],
      future: back ? [...state().future, moved] : state().future.slice(0, -1),
    });
    return step.words;
  }

  function selectable(key: Key | null): Key | null {
    return key !== null && state().document.has(key) ? key : null;
  }

  return {
    store,
    run(command, given, options) {
      const change = command(state().document, given);
      if (change.size === 0) return;
      const before = state().selected;
      setState({ document: apply(state().document, change) });
      const after = selectable(options.select === undefined ? before : options.select);
      setState({ selected: after });
      push({ change, words: options.words, before, after, merge: options.merge ?? null, at: now() });
    },
    gesture(words) {
      const before = state().selected;
      let whole = NOTHING;
      let open = true;
      return {
        run(command, given) {
          if (!open) return;
          const change = command(state().document, given);
          whole = joined(whole, change);
          setState({ document: apply(state().document, change) });
        },
        keep() {
          if (open && whole.size > 0) {
            push({ change: whole, words, before, after: state().selected, merge: null, at: now() });
          }
          open = false;
        },
        cancel() {
          if (open) setState({ document: apply(state().document, inverse(whole)), selected: before });
          open = false;
        },
      };
    },
    select(key) {
      if (state().selected !== key) setState({ selected: selectable(key) });
    },
    undo: () => go("past"),
    redo: () => go("future"),
    absorb(change) {
      setState({ document: apply(state().document, change) });
      setState({ selected: selectable(state().selected) });
    },
  };
}
