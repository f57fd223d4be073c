import { IconArrowRampRight2 } from "@tabler/icons-react";
import { EVENT_CONDITION } from "../../../grammar/conditions";
import { FilterField } from "../edit/FilterField";
import { useTrigger } from "../edit/whole";
import { conditionGaps, conditionWords, YES_NO } from "./conditionalSplit";
import { textAt, type FieldsProps, type StepKind } from "./kind";

function Fields({ of }: FieldsProps) {
  const trigger = useTrigger();
  return (
    <FilterField of={of} path={["data", "trigger_filter"]} label="Which events go the way “Yes”" about="event" empty="None yet: say which." metric={textAt(trigger, "id") || undefined} />
  );
}

export const triggerSplit: StepKind = {
  label: "Split by event",
  about: "Yes or no, by what the event says",
  icon: IconArrowRampRight2,
  tone: "split",
  group: "Paths",
  words: ({ trigger_filter }, nameOf) => conditionWords(trigger_filter, nameOf),
  start: () => ({ trigger_filter: null }),
  exits: YES_NO,
  Fields,
  gaps: ({ trigger_filter }) => conditionGaps(trigger_filter, EVENT_CONDITION),
  offered: ({ trigger }) => trigger === "metric",
};
