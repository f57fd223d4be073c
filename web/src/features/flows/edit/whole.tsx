/** What belongs to the whole flow, for the parts of the editor that are about one step of it. */

import { createContext, use } from "react";
import { useEditorState } from "../../../editor/context";
import type { Document, Key } from "../../../editor/document";
import type { Around } from "../steps/kind";
import type { Whole, Wire } from "../tree";

/** The key of the root. */
export const RootContext = createContext<Key>("");

export const useRoot = (): Key => use(RootContext);

const NONE: Wire = {};

export function triggerIn(document: Document, root: Key): Wire {
  const triggers = (document.get(root)?.data as Whole | undefined)?.definition.triggers;
  return Array.isArray(triggers) ? ((triggers[0] as Wire | undefined) ?? NONE) : NONE;
}

export function useTrigger(): Wire {
  const root = useRoot();
  return useEditorState(({ document }) => triggerIn(document, root));
}

export const aroundIn = (document: Document, root: Key): Around => ({ trigger: String(triggerIn(document, root).type ?? "") });
