/** Saves what is edited by itself, by the rules of `save.ts`; keeps what is not saved in the journal. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Document } from "./document";
import { isSame } from "./document";
import type { Editor } from "./editor";
import type { Journal } from "./journal";
import * as save from "./save";
import type { Conflict, Problem, Saving, SavingState } from "./save";

/** What became of a request. */
export type Outcome =
  | { readonly kind: "saved"; readonly version: string | null }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] }
  | { readonly kind: "away" }
  | { readonly kind: "conflict"; readonly conflict: Conflict };

interface SavingOptions<Content> {
  readonly editor: Editor;
  readonly version: string | null;
  /** what is sent and kept of a document */
  readonly contentOf: (document: Document) => Content;
  readonly send: (content: Content, version: string | null) => Promise<Outcome>;
  readonly journal: Journal<Content>;
}

export interface SavingControl {
  readonly state: SavingState;
  readonly problems: readonly Problem[];
  readonly conflict: Conflict | null;
  /** Saves now; whether all that is on the screen is saved. */
  readonly flush: () => Promise<boolean>;
  /** Theirs lies on the server: what is on the screen replaces it. */
  readonly overwrite: () => void;
}

/** Milliseconds after a change until the browser keeps it. */
const KEEP_MS = 300;

export function useSaving<Content>({ editor, version, contentOf, send, journal }: SavingOptions<Content>): SavingControl {
  const [first] = useState(() => save.opened(editor.store.getState().document, version));
  const saving = useRef<Saving<Document>>(first);
  const inFlight = useRef<Promise<void> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const keeping = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef({ contentOf, send, journal });
  useEffect(() => {
    latest.current = { contentOf, send, journal };
  });
  const [shown, setShown] = useState({ state: "saved" as SavingState, problems: [] as readonly Problem[], conflict: null as Conflict | null });

  const document = useCallback(() => editor.store.getState().document, [editor]);

  const put = useCallback(
    (next: Saving<Document>) => {
      saving.current = next;
      const state = save.stateOf(next, document(), isSame);
      setShown((before) => (before.state === state && before.problems === next.problems && before.conflict === next.conflict ? before : { state, problems: next.problems, conflict: next.conflict }));
    },
    [document],
  );

  const attempt = useCallback(async () => {
    const sent = document();
    put(save.sent(saving.current, sent));
    const outcome = await latest.current.send(latest.current.contentOf(sent), saving.current.version).catch((): Outcome => ({ kind: "away" }));
    if (outcome.kind === "saved") {
      put(save.answered(saving.current, outcome.version));
      if (isSame(document(), sent)) {
        clearTimeout(keeping.current);
        void latest.current.journal.drop();
      }
    } else if (outcome.kind === "refused") put(save.refused(saving.current, outcome.problems));
    else if (outcome.kind === "conflict") put(save.conflicted(saving.current, outcome.conflict));
    else put(save.away(saving.current, Date.now()));
  }, [document, put]);

  const run = useCallback(() => {
    clearTimeout(timer.current);
    inFlight.current ??= attempt().finally(() => {
      inFlight.current = null;
      plan.current();
    });
    return inFlight.current;
  }, [attempt]);

  const plan = useRef<() => void>(() => undefined);
  useEffect(() => {
    plan.current = () => {
      clearTimeout(timer.current);
      const at = save.sendAt(saving.current, document(), isSame);
      if (at !== null) timer.current = setTimeout(() => void run(), Math.max(0, at - Date.now()));
    };
  }, [document, run]);

  useEffect(() => {
    const keep = () => void latest.current.journal.keep(latest.current.contentOf(document()), saving.current.version);
    const changed = () => {
      put(save.edited(saving.current, Date.now()));
      clearTimeout(keeping.current);
      keeping.current = setTimeout(keep, KEEP_MS);
      plan.current();
    };
    const stop = editor.store.subscribe((now, before) => {
      if (now.document !== before.document) changed();
    });
    const leave = () => {
      clearTimeout(keeping.current);
      if (save.isDirty(saving.current, document(), isSame)) keep();
      if (save.sendAt(saving.current, document(), isSame, true) !== null) void run();
    };
    addEventListener("pagehide", leave);
    return () => {
      stop();
      removeEventListener("pagehide", leave);
      clearTimeout(timer.current);
      leave();
    };
  }, [editor, document, put, run]);

  const flush = useCallback(async () => {
    if (inFlight.current) await inFlight.current;
    // what was refused is not sent again unchanged
    if (save.sendAt(saving.current, document(), isSame, true) !== null) await run();
    return save.stateOf(saving.current, document(), isSame) === "saved";
  }, [document, run]);

  const overwrite = useCallback(() => {
    const { conflict, saved } = saving.current;
    if (!conflict) return;
    put({ ...save.settled(saving.current, saved, conflict.version), saved: new Map() });
    void run();
  }, [put, run]);

  return useMemo(() => ({ ...shown, flush, overwrite }), [shown, flush, overwrite]);
}
