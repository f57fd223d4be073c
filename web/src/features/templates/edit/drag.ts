/** Blocks by the mouse: from the palette or from their place, to before or after another, or into an empty column. */

import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import { draggable, dropTargetForElements, monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { attachClosestEdge, extractClosestEdge, type Edge } from "@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge";
import { useEffect, useState, type RefObject } from "react";
import { insert, move } from "../../../editor/commands";
import { newKey, nodeOf, type Document, type Key } from "../../../editor/document";
import type { Editor } from "../../../editor/editor";
import { announce } from "../../../ui/announce";
import { kindOf } from "../blocks";
import { labelOf } from "../frames";
import { blockOf, sectionOf } from "../moves";
import { branchOf, type Wire } from "../tree";

/** What is dragged: a node that is there, a kind of the palette, or universal content. */
type Dragged = { readonly key: Key } | { readonly kind: string } | { readonly layout: string } | { readonly wire: Wire };

const isSection = (document: Document, dragged: Dragged) => "layout" in dragged || ("wire" in dragged && dragged.wire.content_type === "section") || ("key" in dragged && document.get(dragged.key)?.kind === "section");

export function useDraggable(ref: RefObject<HTMLElement | null>, dragged: Dragged, on = true): boolean {
  const [isDragged, setIsDragged] = useState(false);
  const name = JSON.stringify(dragged);
  useEffect(() => {
    const element = ref.current;
    if (!element || !on) return;
    return draggable({
      element,
      getInitialData: () => ({ dragged: JSON.parse(name) as Dragged }),
      onDragStart: () => setIsDragged(true),
      onDrop: () => setIsDragged(false),
    });
  }, [ref, name, on]);
  return isDragged;
}

/** `key`: the block or section before or after which it falls, or the column into which. */
export function useDropTarget(ref: RefObject<HTMLElement | null>, editor: Editor, key: Key): Edge | "in" | null {
  const [edge, setEdge] = useState<Edge | "in" | null>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const documentOf = () => editor.store.getState().document;
    const kind = documentOf().get(key)?.kind;
    const edgeOf = (data: Record<string | symbol, unknown>) => (kind === "column" ? "in" : extractClosestEdge(data));
    return dropTargetForElements({
      element,
      canDrop: ({ source }) => {
        const dragged = source.data.dragged as Dragged | undefined;
        if (!dragged || ("key" in dragged && dragged.key === key)) return false;
        return isSection(documentOf(), dragged) === (kind === "section");
      },
      getData: ({ input, element: within }) => (kind === "column" ? { over: key } : attachClosestEdge({ over: key }, { input, element: within, allowedEdges: ["top", "bottom"] })),
      onDrag: ({ self, location }) => setEdge(location.current.dropTargets[0]?.element === element ? edgeOf(self.data) : null),
      onDragLeave: () => setEdge(null),
      onDrop: () => setEdge(null),
    });
  }, [ref, editor, key]);
  return edge;
}

/** Carries out what is dropped; once for the whole editor. */
export function useDrops(editor: Editor, canvas: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const stop = monitorForElements({
      onDrop: ({ source, location }) => {
        const dragged = source.data.dragged as Dragged | undefined;
        const target = location.current.dropTargets[0];
        if (dragged && target) drop(editor, dragged, target.data.over as Key, extractClosestEdge(target.data));
      },
    });
    return combine(stop, autoScroll(canvas));
  }, [editor, canvas]);
}

/** The part that scrolls near the edges comes when something is first dragged. */
function autoScroll(canvas: RefObject<HTMLElement | null>): () => void {
  let stop: () => void = () => undefined;
  let isGone = false;
  void import("@atlaskit/pragmatic-drag-and-drop-auto-scroll/element").then(({ autoScrollWindowForElements }) => {
    if (!isGone && canvas.current) stop = autoScrollWindowForElements();
  }, () => undefined);
  return () => {
    isGone = true;
    stop();
  };
}

function drop(editor: Editor, dragged: Dragged, over: Key, edge: Edge | null): void {
  const { document } = editor.store.getState();
  const target = document.get(over);
  if (!target) return;
  const into = target.kind === "column" ? over : (target.parent as Key);
  const beside = nodeOf(document, into).children;
  const at = target.kind === "column" ? beside.length : beside.indexOf(over) + (edge === "bottom" ? 1 : 0);
  if ("key" in dragged) {
    const label = labelOf(nodeOf(document, dragged.key));
    editor.run(move, { key: dragged.key, into, at }, { words: `Move ${label.toLowerCase()}`, select: dragged.key });
    announce(`${label} moved.`);
    return;
  }
  const key = newKey();
  if ("layout" in dragged) {
    editor.run(insert, { into, at, branch: sectionOf(dragged.layout), key }, { words: "Add section", select: key });
    announce("Section added.");
    return;
  }
  if ("wire" in dragged) {
    editor.run(insert, { into, at, branch: branchOf(String(dragged.wire.type), dragged.wire), key }, { words: "Add universal content", select: key });
    announce("Universal content added.");
    return;
  }
  const kind = kindOf(dragged.kind);
  editor.run(insert, { into, at, branch: blockOf(kind.start()), key }, { words: `Add ${kind.label.toLowerCase()}`, select: key });
  announce(`${kind.label} added.`);
}
