/** The nodes of a flow in words: for the outline, the cards, the menus and whoever listens. */

import type { Document, Key, Node } from "../../../editor/document";
import { nodeOf } from "../../../editor/document";
import { kindOf } from "../steps";
import { at, textAt, type Gap, type NameOf } from "../steps/kind";
import { triggerOf } from "../triggers";
import { END, EXIT, FLOW, GOTO, type Exit, type Goto, type Whole, type Wire } from "../tree";
import { STATUS_PATH } from "./fields";
import { triggerIn } from "./whole";

export const dataOf = (node: Node): Wire => ((node.data as Wire).data ?? {}) as Wire;

export function labelOf(node: Node): string {
  if (node.kind === FLOW) return "Trigger";
  if (node.kind === EXIT) return "Way";
  if (node.kind === END) return "End";
  if (node.kind === GOTO) return "Goes on elsewhere";
  return kindOf(node.kind).label;
}

export function exitWords(document: Document, key: Key): string {
  const node = nodeOf(document, key);
  const { link, branch } = node.data as Exit;
  if (branch) return textAt(branch, "name") || (branch.is_else === true ? "Everybody else" : `Branch ${(nodeOf(document, node.parent as Key).children.indexOf(key) + 1).toString()}`);
  return link === "next_if_true" ? "Yes" : "No";
}

/** One line: what it is and what tells it from others. */
export function wordsOf(document: Document, key: Key, nameOf?: NameOf): string {
  const node = nodeOf(document, key);
  if (node.kind === FLOW) {
    const trigger = triggerIn(document, key);
    return `${triggerOf(trigger).label}`;
  }
  if (node.kind === EXIT) return exitWords(document, key);
  if (node.kind === GOTO) {
    const to = document.get((node.data as Goto).to);
    return to ? `Goes on at “${kindOf(to.kind).label}”` : "Goes on";
  }
  if (node.kind === END) return "End of this way";
  const detail = kindOf(node.kind).words(dataOf(node), nameOf);
  return detail ? `${kindOf(node.kind).label}: ${detail}` : kindOf(node.kind).label;
}

/** Where a path is, for the menu of places to move to. */
export function pathWords(document: Document, key: Key): string {
  const node = nodeOf(document, key);
  if (node.kind === FLOW) return "The main path";
  return `“${exitWords(document, key)}” of ${wordsOf(document, node.parent as Key)}`;
}

/** What is missing in a node before the flow can be live. */
export function gapsOf(document: Document, key: Key): readonly Gap[] {
  const node = document.get(key);
  if (node === undefined) return [];
  if (node.kind === FLOW) {
    const trigger = triggerIn(document, key);
    return triggerOf(trigger).gaps(trigger);
  }
  return kindOf(node.kind).gaps?.(dataOf(node)) ?? [];
}

export const statusOf = (node: Node): string | undefined => {
  const status = at(node.data, ...STATUS_PATH);
  return typeof status === "string" ? status : undefined;
};

export const nameIn = (document: Document, root: Key): string => (nodeOf(document, root).data as Whole).name;
