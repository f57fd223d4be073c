/** An open editor and its saver. */

import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Document } from "./document";
import { isSame } from "./document";
import type { Editor } from "./editor";
import type { Journal } from "./journal";
import type { Outcome } from "./outcome";
import { Saver, type Standing } from "./saver";

interface SavingOptions<Content> {
  readonly editor: Editor;
  readonly version: string | null;
  /** what is sent and kept of a document */
  readonly contentOf: (document: Document) => Content;
  readonly send: (content: Content, version: string | null) => Promise<Outcome>;
  readonly journal: Journal<Content>;
  /** saved when somebody says so, and not by itself */
  readonly byHand?: boolean | undefined;
}

export interface SavingControl extends Standing {
  /** Saves now; whether all that is on the screen is saved. */
  readonly flush: () => Promise<boolean>;
  /** Theirs lies on the server: what is on the screen replaces it. */
  readonly overwrite: () => void;
}

export function useSaving<Content>({ editor, version, contentOf, send, journal, byHand }: SavingOptions<Content>): SavingControl {
  const road = {
    document: () => editor.store.getState().document,
    same: isSame,
    send: async (document: Document, saving: { version: string | null }) => (await send(contentOf(document), saving.version)) as Outcome<Document>,
    kept: contentOf,
    journal,
  };
  const [saver] = useState(() => new Saver<Document, Content>(road.document(), version, road, byHand));
  useEffect(() => saver.take(road));
  useEffect(
    () =>
      editor.store.subscribe((now, before) => {
        if (now.document !== before.document) saver.changed();
      }),
    [editor, saver],
  );
  useLeaving(saver);
  const standing = useSyncExternalStore(saver.subscribe, saver.standing);
  const overwrite = useCallback(() => {
    const { conflict } = saver.standing();
    if (conflict) saver.settle(new Map(), conflict.version);
  }, [saver]);
  return useMemo(() => ({ ...standing, flush: saver.flush, overwrite }), [standing, saver, overwrite]);
}

/** What is not saved is sent on leaving; the browser asks before a tab is closed that has more of it. */
export function useLeaving(saver: { leave: () => void; standing: () => Standing }): void {
  useEffect(() => {
    const stay = (event: BeforeUnloadEvent) => {
      if (saver.standing().state !== "saved") event.preventDefault();
    };
    addEventListener("beforeunload", stay);
    addEventListener("pagehide", saver.leave);
    return () => {
      removeEventListener("beforeunload", stay);
      removeEventListener("pagehide", saver.leave);
      saver.leave();
    };
  }, [saver]);
}
