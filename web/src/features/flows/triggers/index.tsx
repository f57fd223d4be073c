/** The kinds of triggers, by the word on the wire: how a flow begins. */

import { Group, Stack } from "@mantine/core";
import { IconBolt, IconCalendarEvent, IconChartPie, IconListDetails, type Icon } from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { Key } from "../../../editor/document";
import { FilterField } from "../edit/FilterField";
import { ChoiceField, NumberField, TextField, useField } from "../edit/fields";
import { ListField, MetricField, SegmentField } from "../edit/pickers";
import { TimeField, WeekdaysField, ZoneField, spoken } from "../steps/timeDelay";
import { missing, textAt, type Gap } from "../steps/kind";
import type { Wire } from "../tree";

export interface TriggerKind {
  /** as the title of the first card */
  readonly label: string;
  readonly about: string;
  readonly icon: Icon;
  readonly words: (trigger: Wire, name: string | undefined) => string;
  readonly start: () => Wire;
  readonly Fields: ComponentType<{ of: Key }>;
  readonly gaps: (trigger: Wire) => readonly Gap[];
}

/** The path of the one trigger in the data of the root. */
export const TRIGGER = ["definition", "triggers", "0"] as const;
const T = (name: string) => [...TRIGGER, name];

function MetricFields({ of }: { of: Key }) {
  const [id] = useField({ of, path: T("id"), label: "Event" });
  return (
    <Stack gap="md">
      <MetricField of={of} path={T("id")} label="Event" />
      <FilterField of={of} path={T("trigger_filter")} label="Only events" about="event" empty="Every one of them." metric={typeof id === "string" ? id : undefined} />
    </Stack>
  );
}

/** The name of a property, of the way it may be written: properties['Birthday']. */
const plain = (property: string) => /^properties\[(['"])(.*)\1\]$/.exec(property)?.[2] ?? property;

function DateFields({ of }: { of: Key }) {
  return (
    <Stack gap="md">
      <TextField of={of} path={T("date_profile_property")} label="Property of the person" show={plain} placeholder="Birthday" hint="It holds a date, as 1990-05-17." />
      <Group grow gap="xs" align="end">
        <NumberField of={of} path={T("timedelta_value_before_date")} label="Begins" min={0} max={365} />
        <ChoiceField of={of} path={T("timedelta_unit_before_date")} label="before the date" fallback="weeks" options={[["days", "days"], ["weeks", "weeks"], ["months", "months"]]} />
      </Group>
      <ChoiceField of={of} path={T("recurrence_frequency")} label="Again" fallback="monthly" options={[["annually", "every year"], ["monthly", "every month"], ["weekly", "every week"], ["never", "never"]]} />
      <TimeField of={of} path={T("trigger_time")} label="Time" />
      <WeekdaysField of={of} path={T("trigger_days")} label="Days" />
      <ZoneField of={of} path={T("timezone")} />
    </Stack>
  );
}

export const TRIGGERS: Readonly<Record<string, TriggerKind>> = {
  metric: {
    label: "When this happens",
    about: "An event: an order, a visit, a cart",
    icon: IconBolt,
    words: ({ id }, name) => name ?? (textAt({ id }, "id") || "Choose an event"),
    start: () => ({ type: "metric", id: null, trigger_filter: null }),
    Fields: MetricFields,
    gaps: ({ id }) => missing("Choose the event that starts it.", !id),
  },
  list: {
    label: "Joins the list",
    about: "Somebody is added to a list",
    icon: IconListDetails,
    words: ({ id }, name) => name ?? (textAt({ id }, "id") || "Choose a list"),
    start: () => ({ type: "list", id: null }),
    Fields: ({ of }) => <ListField of={of} path={T("id")} label="List" />,
    gaps: ({ id }) => missing("Choose the list that starts it.", !id),
  },
  segment: {
    label: "Enters the segment",
    about: "Somebody newly belongs to a segment",
    icon: IconChartPie,
    words: ({ id }, name) => name ?? (textAt({ id }, "id") || "Choose a segment"),
    start: () => ({ type: "segment", id: null }),
    Fields: ({ of }) => <SegmentField of={of} path={T("id")} label="Segment" hint="Who belongs to it already does not enter." />,
    gaps: ({ id }) => missing("Choose the segment that starts it.", !id),
  },
  date: {
    label: "On a date",
    about: "A birthday, a renewal: a date of the person",
    icon: IconCalendarEvent,
    words: (trigger) => {
      const before = trigger.timedelta_value_before_date;
      const when = before === 0 ? "On the day" : `${spoken(before, textAt(trigger, "timedelta_unit_before_date") || "weeks")} before`;
      return `${when}: ${plain(textAt(trigger, "date_profile_property")) || "a date"}`;
    },
    start: () => ({
      type: "date", date_field_type: "profile-property", date_profile_property: "", timedelta_unit_before_date: "days", timedelta_value_before_date: 0,
      recurrence_frequency: "annually", timezone: "profile", trigger_time: "09:00:00", trigger_days: null,
    }),
    Fields: DateFields,
    gaps: (trigger) => missing("Name the property that holds the date.", !textAt(trigger, "date_profile_property").trim()),
  },
};

const UNKNOWN: TriggerKind = {
  label: "Another trigger",
  about: "",
  icon: IconBolt,
  words: ({ type }) => String(type ?? ""),
  start: () => ({}),
  Fields: () => null,
  gaps: () => [],
};

export const triggerOf = (trigger: Wire): TriggerKind => TRIGGERS[String(trigger.type)] ?? UNKNOWN;
