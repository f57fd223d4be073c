import { Button, Group, NumberInput, Select, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { Card } from "../../../ui/Page";
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
        <Group gap="lg" align="flex-start">
          <Length
            label="Time decay: a touch that much older counts half"
            of={draft.time_decay_half_life}
            set={(time_decay_half_life) => change({ time_decay_half_life })}
          />
          <Weights of={draft.position_weights} set={(position_weights) => change({ position_weights })} />
        </Group>
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
      {window && <LengthFields label={label} of={window} set={set} />}
    </Group>
  );
}

interface LengthProps {
  label: string;
  of: Window;
  set: (to: Window) => void;
}

function Length(props: LengthProps) {
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {props.label}
      </Text>
      <Group gap="xs" wrap="nowrap">
        <LengthFields {...props} />
      </Group>
    </div>
  );
}

function LengthFields({ label, of, set }: LengthProps) {
  return (
    <>
      <NumberInput
        value={of.value}
        onChange={(value) => typeof value === "number" && set({ ...of, value })}
        min={1}
        max={LONGEST[of.unit]}
        clampBehavior="strict"
        allowDecimal={false}
        aria-label={`${label}: how many ${of.unit}`}
        w={76}
        flex="none"
      />
      <Select
        data={UNITS}
        value={of.unit}
        onChange={(unit) => unit && set({ value: Math.min(of.value, LONGEST[unit as Window["unit"]]), unit: unit as Window["unit"] })}
        allowDeselect={false}
        aria-label={`${label}: days or hours`}
        w={96}
        flex="none"
      />
    </>
  );
}

const PLACES = ["first", "middle", "last"] as const;

function Weights({ of, set }: { of: Settings["position_weights"]; set: (to: Settings["position_weights"]) => void }) {
  const whole = of.first + of.middle + of.last;
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        Position based: percent for the first touch, those between, the last
      </Text>
      <Group gap="xs" wrap="nowrap">
        {PLACES.map((place) => (
          <NumberInput
            key={place}
            value={of[place]}
            onChange={(value) => typeof value === "number" && set({ ...of, [place]: value })}
            min={0}
            max={100}
            clampBehavior="strict"
            allowDecimal={false}
            aria-label={`Percent for the ${place}`}
            error={whole !== 100}
            w={76}
          />
        ))}
      </Group>
      {whole !== 100 && (
        <Text size="xs" c="red" mt={4} role="alert">
          {whole} percent in all; it must be 100.
        </Text>
      )}
    </div>
  );
}
