import { IconCalendarEvent } from "@tabler/icons-react";
import { TimeField, WeekdaysField, ZoneField } from "./timeDelay";
import { textAt, type FieldsProps, type StepKind } from "./kind";

function Fields({ of }: FieldsProps) {
  return (
    <>
      <TimeField of={of} path={["data", "target_time"]} label="Time of that day" />
      <WeekdaysField of={of} path={["data", "target_days"]} label="Days" />
      <ZoneField of={of} path={["data", "timezone"]} />
    </>
  );
}

export const targetDate: StepKind = {
  label: "Wait for the date",
  about: "The date that the flow is about",
  icon: IconCalendarEvent,
  tone: "wait",
  group: "Timing",
  words: (data) => `Until the day itself${textAt(data, "target_time") ? `, ${textAt(data, "target_time").slice(0, 5)}` : ""}`,
  start: () => ({ timezone: "profile", target_time: "10:00:00", target_days: null }),
  Fields,
  offered: ({ trigger }) => trigger === "date",
};
