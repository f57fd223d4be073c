/** A definition while it is written: groups of conditions, some perhaps with gaps. */

import { ApiProblem } from "../../api/client";
import type { Condition, ConditionGroups } from "../../api/types";
import { CONDITION } from "../conditions";
import { gapsIn, made, type Fork } from "../pieces";

/** As the API limits it (behaviour-people 4.1). */
export const MOST_CONDITIONS = 100;

type Groups = ConditionGroups["condition_groups"];

export function newCondition(of: Fork = CONDITION): Condition {
  const first = of.forms[0];
  return (first ? made(first) : {}) as Condition;
}

export const newGroup = (of: Fork = CONDITION): Groups[number] => ({ conditions: [newCondition(of)] });

export const NEW: ConditionGroups = { condition_groups: [newGroup()] };

/** `group` without a condition is taken out. */
export function withGroup(groups: Groups, place: number, conditions: Condition[]): Groups {
  return conditions.length > 0 ? groups.with(place, { conditions }) : groups.toSpliced(place, 1);
}

export function gapsOfAll({ condition_groups }: ConditionGroups, of: Fork = CONDITION): string[] {
  return condition_groups.flatMap(({ conditions }) => conditions.flatMap((condition) => gapsIn(of, condition)));
}

const AT = /^\/data\/attributes\/definition\/condition_groups\/(\d+)\/conditions\/(\d+)/;

/** A refusal of the server, and the condition that it points at: `group` and `nth` are null where it is about something else. */
export interface Refusal {
  message: string;
  group: number | null;
  nth: number | null;
}

export function refusalOf(error: Error | null): Refusal | null {
  if (!error) return null;
  const at = error instanceof ApiProblem ? AT.exec(error.pointer ?? "") : null;
  return { message: error.message, group: at ? Number(at[1]) : null, nth: at ? Number(at[2]) : null };
}
