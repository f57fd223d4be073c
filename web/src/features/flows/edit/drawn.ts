/** The document as the graph draws it: a definition whose steps are called by their keys. */

import type { FlowAction, FlowDefinition } from "../../../api/types";
import type { Place } from "../../../editor/commands";
import { nodeOf, type Document, type Key, type Node } from "../../../editor/document";
import { isSplit, isStep, write, type Whole, type Wire } from "../tree";
import { room } from "./moves";

export function drawnOf(document: Document, root: Key): FlowDefinition {
  const keyed = new Map<Key, Node>();
  for (const [key, node] of document) keyed.set(key, isStep(node) ? { ...node, data: { ...(node.data as Wire), id: key } } : node);
  const whole = nodeOf(document, root).data as Whole;
  keyed.set(root, { ...nodeOf(document, root), data: { ...whole, order: [], apart: [] } });
  const { definition } = write(keyed, root);
  return definition as unknown as FlowDefinition & { actions: FlowAction[] };
}

/** Where a step goes that is put on the line which leaves a step by one of its ways; `null`: of the trigger. */
export function placeOn(document: Document, root: Key, from: Key | null, way: number): Place | null {
  if (from === null) return { into: root, at: 0 };
  const node = document.get(from);
  if (node === undefined || node.parent === null) return null;
  const exit = isSplit(node.kind) ? node.children[way] : undefined;
  if (isSplit(node.kind)) return exit === undefined ? null : { into: exit, at: 0 };
  return { into: node.parent, at: Math.min(nodeOf(document, node.parent).children.indexOf(from) + 1, room(document, node.parent)) };
}
