/** What a merge does, said before it is done: the one that stays keeps its values, the other fills the gaps. */

import { changed, type Values } from "../../ui/form/join";
import { labelOf } from "./fields";

export interface Outcome {
  /** Fields that are empty now and come from the other. */
  filled: [label: string, value: string][];
  /** Fields in which the two differ: the other's value is lost. */
  lost: [label: string, value: string][];
}

const isEmpty = (value: unknown) => value === null || value === undefined || value === "";
const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** Both as `flatOfProfile` has them. */
export function outcomeOf(stays: Values, goes: Values): Outcome {
  const differing = changed(stays, goes).filter((field) => !isEmpty(goes[field]));
  const said = (fields: string[]) => fields.map((field): [string, string] => [labelOf(field), shown(goes[field])]);
  return {
    filled: said(differing.filter((field) => isEmpty(stays[field]))),
    lost: said(differing.filter((field) => !isEmpty(stays[field]))),
  };
}
