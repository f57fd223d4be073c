/** What a rehearsal says of the steps that are drawn. */

import { createContext, use } from "react";
import type { AttributesOf } from "../../../api/ask";
import type { Document, Key } from "../../../editor/document";
import { count } from "../../../ui/format";
import { TRIGGER, type People } from "../graph/FlowGraph";
import { isSplit, isStep, nameOf, type Exit, type Wire } from "../tree";

export type Result = NonNullable<AttributesOf<"get_flow_rehearsal">["result"]>;
export type Step = Result["steps"][number];
export type Example = Step["people"][number];

/** `drawn`: the definition that was rehearsed, as text. */
export interface Shown {
  readonly result: Result;
  readonly days: number;
  readonly drawn: string;
}

interface Stage {
  readonly shown: Shown | null;
  readonly show: (shown: Shown | null) => void;
}

export const RehearsalContext = createContext<Stage>({ shown: null, show: () => {} });

export const useRehearsal = (): Stage => use(RehearsalContext);

/** The rehearsed step that a node is; a step that was put in since has none. */
export function stepOf(document: Document, key: Key, { steps }: Result): Step | undefined {
  const node = document.get(key);
  const name = node && isStep(node) ? nameOf(node.data as Wire) : undefined;
  return steps.find(({ action_id }) => action_id === name);
}

/** What a way of a split is called in the result. */
export const wayOf = ({ link, branch }: Exit): string => String(branch?.branch_id ?? link ?? "");

/** The numbers on the cards, by the keys of the steps. */
export function numbersOn(document: Document, result: Result): ReadonlyMap<string, People> {
  const cards = [...document].flatMap(([key]) => {
    const step = stepOf(document, key, result);
    return step ? [[key, peopleOf(step)] as const] : [];
  });
  return new Map([[TRIGGER, { waiting: 0, done: 0, words: [`${count(result.considered)} came by`, `${count(result.entered)} entered`] as const }], ...cards]);
}

function peopleOf(step: Step): People {
  const second = acts(step) ? `${count(step.done)} ${sends(step) ? "sent" : "done"}` : `${count(step.passed)} passed`;
  return { waiting: step.waiting, done: step.passed, words: [`${count(step.entered)} came${step.waiting > 0 ? `, ${count(step.waiting)} wait` : ""}`, second] };
}

/** Whether it writes to people. */
export const sends = ({ type }: Step): boolean => ["send-email", "ab-test", "send-internal-alert"].includes(type);

/** Whether it does something, and does not only lead on. */
export const acts = (step: Step): boolean => sends(step) || step.done > 0 || Object.keys(step.skipped).length > 0;

/** How many took each way of each split, in the order of its ways. */
export function waysTaken(document: Document, result: Result): ReadonlyMap<string, readonly number[]> {
  return new Map(
    [...document].flatMap(([key, node]) => {
      const step = isSplit(node.kind) ? stepOf(document, key, result) : undefined;
      return step ? [[key, node.children.map((child) => step.ways[wayOf(document.get(child)?.data as Exit)] ?? 0)] as const] : [];
    }),
  );
}
