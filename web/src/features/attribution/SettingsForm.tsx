import { Button, Group, NumberInput, Select, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { Card } from "../../ui/Page";
import { settingsOf, useSaveSettings, type SavedSettings, type Settings, type Window } from "./queries";
import { MODELS, WINDOWS } from "./words";

const EXCLUSIONS: [keyof Settings & `${string}_${string}`, string][] = [
  ["exclude_bot_clicks", "Leave out clicks by bots"],
  ["exclude_machine_opens", "Leave out openings by machines, such as mail privacy protection"],
  ["exclude_transactional", "Leave out transactional messages"],
  ["subtract_refunds", "Take refunds and cancellations back"],
];
const UNITS = ["days", "hours"];
const LONGEST = { days: 90, hours: 720 };
/** What a kind begins with when it is switched on again. */
const START: Window = { value: 1, unit: "days" };

/** The settings as they are saved, to be changed: first looked at, then saved. */
export function SettingsForm({ saved, preview }: { saved: SavedSettings; preview: (settings: Settings | null) => void }) {
  const start = settingsOf(saved);
  const [draft, setDraft] = useState<Settings>(start);
  const save = useSaveSettings();
  const changed = JSON.stringify(draft) !== JSON.stringify(start);
  const change = (part: Partial<Settings>) => setDraft({ ...draft, ...part });
  const setWindow = (name: string, window: Window | null) => change({ windows: { ...draft.windows, [name]: window } });
  const keep = () => save.mutate(draft, { onSuccess: () => preview(null) });
  return (
    <Card title="Settings">
      <Stack gap="lg">
        <Select
          label="Model that reports, events and aggregates follow"
          data={Object.entries(MODELS)
            .filter(([value]) => value !== "data-driven")
            .map(([value, label]) => ({ value, label }))}
          value={draft.model}
          onChange={(model) => model && change({ model })}
          allowDeselect={false}
          maw={460}
        />
        <div>
          <Text size="sm" fw={500} mb={4}>
            How long after a touch an order may be credited to it
          </Text>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
            {Object.entries(draft.windows).map(([name, window]) => (
              <WindowField key={name} label={WINDOWS[name] ?? name} window={window} set={(to) => setWindow(name, to)} />
            ))}
          </SimpleGrid>
        </div>
        <Stack gap="xs">
          {EXCLUSIONS.map(([name, label]) => (
            <Switch
              key={name}
              label={label}
              checked={Boolean(draft[name])}
              onChange={(event) => change({ [name]: event.currentTarget.checked })}
            />
          ))}
        </Stack>
        <Group gap="xs">
          <Button onClick={keep} loading={save.isPending} disabled={!changed}>
            Save the settings
          </Button>
          <Button variant="default" onClick={() => preview(draft)} disabled={!changed}>
            Preview
          </Button>
          {changed && (
            <Button
              variant="subtle"
              onClick={() => {
                setDraft(start);
                preview(null);
              }}
            >
              Undo the changes
            </Button>
          )}
        </Group>
        {save.error && (
          <Text size="sm" c="red" role="alert">
            {save.error.message}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function WindowField({ label, window, set }: { label: string; window: Window | null; set: (to: Window | null) => void }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Switch
        checked={window !== null}
        onChange={(event) => set(event.currentTarget.checked ? START : null)}
        label={label}
        flex="1 1 auto"
        miw={0}
      />
      {window && (
        <>
          <NumberInput
            value={window.value}
            onChange={(value) => typeof value === "number" && set({ ...window, value })}
            min={1}
            max={LONGEST[window.unit]}
            clampBehavior="strict"
            allowDecimal={false}
            aria-label={`${label}: how many ${window.unit}`}
            w={76}
            flex="none"
          />
          <Select
            data={UNITS}
            value={window.unit}
            onChange={(unit) => unit && set({ value: Math.min(window.value, LONGEST[unit as Window["unit"]]), unit: unit as Window["unit"] })}
            allowDeselect={false}
            aria-label={`${label}: days or hours`}
            w={96}
            flex="none"
          />
        </>
      )}
    </Group>
  );
}
