import { NativeSelect, NumberInput, SimpleGrid, Text } from "@mantine/core";
import type { AbTest } from "./document";
import type { PartProps } from "./parts";
import { Section } from "./Section";
import { METRICS } from "./words";

const SHARES = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
const MOST_HOURS = 720;

/** How a test of several variations is run; nothing while there is one. */
export function Test({ draft, change, fault }: PartProps) {
  const { ab_test, variations } = draft;
  if (variations.length < 2) return null;
  const test: AbTest = ab_test ?? { winner_metric: "opens_unique", winner_percentage: 0, winner_wait_hours: 4 };
  const set = (changes: Partial<AbTest>, urgent = true) => change({ ab_test: { ...test, ...changes } }, urgent);
  const waits = (test.winner_percentage ?? 0) > 0;
  const size = 100 - (test.winner_percentage ?? 0);
  // a share that was set over the API stands among the others
  const shares = [...new Set([...SHARES, size])].sort((one, other) => one - other);
  return (
    <Section name="ab_test" title="A/B test">
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        <NativeSelect
          label="People who take part"
          data={shares.map((share) => ({ value: String(share), label: share === 100 ? "Everybody" : `${share} %` }))}
          value={String(size)}
          onChange={({ currentTarget }) => set({ winner_percentage: 100 - Number(currentTarget.value) })}
          error={fault("ab_test/winner_percentage")}
        />
        <NativeSelect
          label={waits ? "The winner has the most" : "Compared by"}
          data={METRICS.map(({ value, label }) => ({ value, label }))}
          value={test.winner_metric ?? "opens_unique"}
          onChange={({ currentTarget }) => set({ winner_metric: currentTarget.value as NonNullable<AbTest["winner_metric"]> })}
        />
        {waits && (
          <NumberInput
            label="Chosen after, in hours"
            value={test.winner_wait_hours ?? 4}
            onChange={(value) => typeof value === "number" && value >= 1 && value <= MOST_HOURS && set({ winner_wait_hours: value }, false)}
            min={1}
            max={MOST_HOURS}
            allowDecimal={false}
            error={fault("ab_test/winner_wait_hours")}
          />
        )}
      </SimpleGrid>
      <Text size="sm" c="dimmed" mt="sm">
        {waits ? "The others wait, and get the winner by itself." : "Each variation goes to an equal part of the people."}
      </Text>
    </Section>
  );
}
