import { NativeSelect, Radio, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { useAccount } from "../../../api/account";
import { ClockInput } from "./ClockInput";
import type { Sending, Strategy } from "./document";
import { passed } from "./passed";
import type { PartProps } from "./parts";
import { Section } from "./Section";
import { STRATEGIES } from "./words";

const PARTS = ["1", "2", "5", "10", "20", "25", "33", "50"];

export function When({ draft, change, fault }: PartProps) {
  const { timezone } = useAccount();
  const { sending } = draft;
  const set = (changes: Partial<Sending>, urgent = false) => change({ sending: { ...sending, ...changes } }, urgent);
  const choose = (strategy: Strategy) => change({ sending: begun(strategy, sending, timezone) }, true);
  const timed = sending.strategy !== "immediate" && sending.strategy !== "smart_send_time";
  return (
    <Section name="sending" title="When it goes">
      <Stack gap="lg">
        <Radio.Group aria-label="When it goes" value={sending.strategy} onChange={(value) => choose(value as Strategy)}>
          <Stack gap="sm">
            {STRATEGIES.map((strategy) => (
              <Radio key={strategy.value} {...strategy} />
            ))}
          </Stack>
        </Radio.Group>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
          {timed && (
            <ClockInput
              type="datetime-local"
              label="Day and time"
              description={sending.strategy === "local_timezone" ? "As each person’s clock shows it." : `In ${timezone}.`}
              value={sending.at ?? ""}
              onChange={(at) => set({ at })}
              error={fault("sending/at") ?? passed(sending, timezone)}
            />
          )}
          {sending.strategy === "smart_send_time" && (
            <ClockInput
              type="date"
              label="Day"
              value={sending.day ?? ""}
              onChange={(day) => set({ day })}
              error={fault("sending/day") ?? passed(sending, timezone)}
            />
          )}
          {sending.strategy === "throttled" && (
            <NativeSelect
              label="Part of the audience each hour"
              data={PARTS.map((value) => ({ value, label: `${value} %` }))}
              value={String(sending.percentage)}
              onChange={({ currentTarget }) => set({ percentage: Number(currentTarget.value) }, true)}
              error={fault("sending/percentage")}
            />
          )}
        </SimpleGrid>
        {sending.strategy === "local_timezone" && (
          <Switch
            label="Where the time has passed already, a day later"
            description="Off: those people get it at once."
            checked={sending.passed_tomorrow ?? false}
            onChange={({ currentTarget }) => set({ passed_tomorrow: currentTarget.checked }, true)}
          />
        )}
        {sending.strategy === "smart_send_time" && (
          <Text size="sm" c="dimmed">
            The hour is learned from when your mail was opened; until enough is known, a part of the audience tries all hours out.
          </Text>
        )}
      </Stack>
    </Section>
  );
}

/** A time that is complete from the beginning: tomorrow at nine, unless one was chosen before. */
function begun(strategy: Strategy, before: Sending, timezone: string): Sending {
  const tomorrow = dayIn(timezone, 1);
  const needsTime = strategy !== "immediate" && strategy !== "smart_send_time";
  return {
    strategy,
    at: needsTime ? (before.at ?? `${before.day ?? tomorrow}T09:00`) : null,
    day: strategy === "smart_send_time" ? (before.day ?? before.at?.slice(0, 10) ?? tomorrow) : null,
    percentage: strategy === "throttled" ? (before.percentage ?? 20) : null,
    passed_tomorrow: strategy === "local_timezone" ? (before.passed_tomorrow ?? false) : false,
  };
}

/** The date that a zone's calendar shows so many days from now. */
function dayIn(timezone: string, days: number): string {
  const moment = new Date(Date.now() + days * 86_400_000);
  return new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short" }).format(moment);
}
