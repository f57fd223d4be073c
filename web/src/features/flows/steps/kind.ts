/** What a kind of step is to the editor; one file a kind, everything about it in that file. */

import type { Icon } from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { Key } from "../../../editor/document";
import type { Exit, Wire } from "../tree";

/** What must be mended before the flow can be live. */
export interface Gap {
  readonly words: string;
}

export type Tone = "message" | "wait" | "split" | "change";

export const GROUPS = ["Messages", "Timing", "Paths", "Data"] as const;

/** What a step must know of the flow it stands in. */
export interface Around {
  /** the type of the trigger: metric, list, segment, date … */
  readonly trigger: string;
}

export interface FieldsProps {
  readonly of: Key;
}

/** What an id stands for. */
export type NameOf = (kind: string, id: string) => string;

export const UNNAMED: NameOf = (kind, id) => (kind === "metric" ? "the event" : id);

export interface StepKind {
  readonly label: string;
  /** what it is for, in the palette */
  readonly about: string;
  readonly icon: Icon;
  readonly tone: Tone;
  readonly group: (typeof GROUPS)[number];
  /** what tells this one from others of its kind */
  readonly words: (data: Wire, nameOf?: NameOf) => string;
  /** its data when it is new: valid at once */
  readonly start: () => Wire;
  /** its ways on, of a split */
  readonly exits?: () => readonly Exit[];
  readonly Fields: ComponentType<FieldsProps>;
  readonly gaps?: (data: Wire) => readonly Gap[];
  /** offered in the palette, for a flow that begins like this */
  readonly offered: boolean | ((around: Around) => boolean);
}

export const at = (of: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], of);

export function textAt(of: unknown, ...path: string[]): string {
  const value = at(of, ...path);
  return typeof value === "string" ? value : "";
}

export const missing = (words: string, isMissing: boolean): readonly Gap[] => (isMissing ? [{ words }] : []);
