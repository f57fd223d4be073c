import { Checkbox, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import { useField, type Bound } from "../edit/fields";
import { ChoiceField, NumberField } from "../edit/fields";
import { at, textAt, type FieldsProps, type StepKind } from "./kind";
import type { Wire } from "../tree";

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

export const spoken = (value: unknown, unit: string) => `${String(value ?? 0)} ${value === 1 ? unit.replace(/s$/, "") : unit}`;

/** Until which time of which days, after the wait itself. */
export function untilWords(data: Wire): string {
  const time = textAt(data, "delay_until_time");
  const days = at(data, "delay_until_weekdays");
  const short = Array.isArray(days) && days.length > 0 && days.length < 7 ? ` on ${days.map((day) => capital(String(day)).slice(0, 3)).join(", ")}` : "";
  return `${time ? `, then until ${time.slice(0, 5)}` : ""}${short}`;
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

export function WeekdaysField(bound: Bound) {
  const [value, set] = useField(bound);
  const days = Array.isArray(value) ? (value as string[]) : null;
  return (
    <Stack gap={6}>
      <Checkbox label="Only on certain days" checked={days !== null} onChange={({ currentTarget }) => set(currentTarget.checked ? WEEKDAYS.slice(0, 5) : null)} />
      {days && (
        <Checkbox.Group aria-label={bound.label} value={days} onChange={(next) => next.length > 0 && set(WEEKDAYS.filter((day) => next.includes(day)))}>
          <Group gap="xs">
            {WEEKDAYS.map((day) => (
              <Checkbox key={day} value={day} label={capital(day).slice(0, 3)} size="xs" />
            ))}
          </Group>
        </Checkbox.Group>
      )}
    </Stack>
  );
}

export function TimeField(bound: Bound & { optional?: string }) {
  const [value, set] = useField(bound);
  const time = typeof value === "string" ? value.slice(0, 5) : null;
  const input = <TextInput type="time" label={bound.label} value={time ?? ""} onChange={({ currentTarget }) => set(currentTarget.value ? `${currentTarget.value}:00` : null)} />;
  if (!bound.optional) return input;
  return (
    <Stack gap={6}>
      <Checkbox label={bound.optional} checked={time !== null} onChange={({ currentTarget }) => set(currentTarget.checked ? "10:00:00" : null)} />
      {time !== null && input}
    </Stack>
  );
}

/** Whose clock: each person's own, or the shop's. */
export function ZoneField({ of, path }: { of: string; path: readonly string[] }) {
  const [value, set] = useField({ of, path, label: "Time zone" });
  const zone = typeof value === "string" ? value : "profile";
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        By the clock of
      </Text>
      <SegmentedControl
        aria-label="By the clock of"
        size="xs"
        value={zone === "profile" ? "profile" : "fixed"}
        onChange={(next) => set(next === "profile" ? "profile" : own)}
        data={[
          { value: "profile", label: "each person" },
          { value: "fixed", label: zone === "profile" ? own.replace("_", " ") : zone.replace("_", " ") },
        ]}
      />
    </Stack>
  );
}

function Fields({ of }: FieldsProps) {
  const [unit] = useField({ of, path: ["data", "unit"], label: "unit" });
  const [time] = useField({ of, path: ["data", "delay_until_time"], label: "time" });
  const [days] = useField({ of, path: ["data", "delay_until_weekdays"], label: "days" });
  return (
    <>
      <Group gap="xs" grow align="end">
        <NumberField of={of} path={["data", "value"]} label="Wait" min={0} max={3650} />
        <ChoiceField of={of} path={["data", "unit"]} label="Unit" fallback="days" options={[["minutes", "minutes"], ["hours", "hours"], ["days", "days"]]} />
      </Group>
      {unit === "hours" && <NumberField of={of} path={["data", "secondary_value"]} label="and minutes" min={0} max={59} />}
      {(unit === "days" || unit === undefined) && <TimeField of={of} path={["data", "delay_until_time"]} label="Time" optional="Until a time of day" />}
      <WeekdaysField of={of} path={["data", "delay_until_weekdays"]} label="Days" />
      {(time || Array.isArray(days)) && <ZoneField of={of} path={["data", "timezone"]} />}
    </>
  );
}

export const timeDelay: StepKind = {
  label: "Wait",
  about: "Minutes, hours or days",
  icon: IconHourglass,
  tone: "wait",
  group: "Timing",
  words: (data) => {
    const minutes = at(data, "secondary_value");
    return `${spoken(data.value, textAt(data, "unit") || "days")}${typeof minutes === "number" && minutes > 0 ? ` ${spoken(minutes, "minutes")}` : ""}${untilWords(data)}`;
  },
  start: () => ({ unit: "days", value: 1, timezone: "profile" }),
  Fields,
  offered: true,
};
