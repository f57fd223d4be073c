/** The open editor for the components within it; each draws anew only when what it asked for changed. */

import { createContext, use } from "react";
import { useStore } from "zustand";
import type { Key, Node } from "./document";
import type { Editor, EditorState } from "./editor";

const EditorContext = createContext<Editor | null>(null);

export const EditorProvider = EditorContext.Provider;

export function useEditor(): Editor {
  const editor = use(EditorContext);
  if (!editor) throw new Error("not inside an editor");
  return editor;
}

/** Something of the state, compared by identity. */
export function useEditorState<Of>(pick: (state: EditorState) => Of): Of {
  return useStore(useEditor().store, pick);
}

export const useNode = (key: Key): Node | undefined => useEditorState(({ document }) => document.get(key));

export const useSelected = (): Key | null => useEditorState(({ selected }) => selected);

export const useIsSelected = (key: Key): boolean => useEditorState(({ selected }) => selected === key);
