import { IconArrowsSplit2 } from "@tabler/icons-react";
import type { ConditionGroups } from "../../../api/types";
import { gapsOfAll } from "../../../grammar/builder/draft";
import { STEP_CONDITION } from "../../../grammar/conditions";
import { lineOf } from "../../../grammar/phrases";
import { FilterField } from "../edit/FilterField";
import { missing, UNNAMED, type FieldsProps, type Gap, type NameOf, type StepKind } from "./kind";

export const YES_NO = () => [{ link: "next_if_true" }, { link: "next_if_false" }];

export function conditionWords(filter: unknown, nameOf: NameOf = UNNAMED): string {
  const groups = (filter as ConditionGroups | null | undefined)?.condition_groups ?? [];
  const sentence = (condition: unknown) => lineOf(condition, nameOf);
  return groups.map(({ conditions }) => conditions.map(sentence).join(" or ")).join(" and ");
}

export function conditionGaps(filter: unknown, fork = STEP_CONDITION): readonly Gap[] {
  const groups = filter as ConditionGroups | null | undefined;
  if (!groups || groups.condition_groups.length === 0) return missing("It has no condition yet.", true);
  return [...new Set(gapsOfAll(groups, fork))].map((words) => ({ words: `A condition misses ${words}.` }));
}

function Fields({ of }: FieldsProps) {
  return <FilterField of={of} path={["data", "profile_filter"]} label="Who goes the way “Yes”" about="step" empty="Nobody yet: say who." />;
}

export const conditionalSplit: StepKind = {
  label: "Split by person",
  about: "Yes or no, by who they are or what they did",
  icon: IconArrowsSplit2,
  tone: "split",
  group: "Paths",
  words: ({ profile_filter }, nameOf) => conditionWords(profile_filter, nameOf),
  start: () => ({ profile_filter: null }),
  exits: YES_NO,
  Fields,
  gaps: ({ profile_filter }) => conditionGaps(profile_filter),
  offered: true,
};
