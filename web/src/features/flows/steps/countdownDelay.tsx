import { Group } from "@mantine/core";
import { IconCalendarDown } from "@tabler/icons-react";
import { ChoiceField, NumberField } from "../edit/fields";
import { spoken, TimeField, untilWords, WeekdaysField, ZoneField } from "./timeDelay";
import { textAt, type FieldsProps, type StepKind } from "./kind";

function Fields({ of }: FieldsProps) {
  return (
    <>
      <Group gap="xs" grow align="end">
        <NumberField of={of} path={["data", "value"]} label="Until" min={0} max={3650} />
        <ChoiceField of={of} path={["data", "unit"]} label="before the date" fallback="days" options={[["days", "days"], ["weeks", "weeks"], ["months", "months"]]} />
      </Group>
      <TimeField of={of} path={["data", "delay_until_time"]} label="Time" optional="Until a time of day" />
      <WeekdaysField of={of} path={["data", "delay_until_weekdays"]} label="Days" />
      <ZoneField of={of} path={["data", "timezone"]} />
    </>
  );
}

export const countdownDelay: StepKind = {
  label: "Count down",
  about: "So long before the date",
  icon: IconCalendarDown,
  tone: "wait",
  group: "Timing",
  words: (data) => `Until ${spoken(data.value, textAt(data, "unit") || "days")} before the date${untilWords(data)}`,
  start: () => ({ unit: "days", value: 1, timezone: "profile", delay_until_time: null, delay_until_weekdays: null }),
  Fields,
  offered: ({ trigger }) => trigger === "date",
};
