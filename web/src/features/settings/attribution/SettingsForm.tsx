import { Button, Group, NumberInput, Select, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { Card } from "../../../ui/Page";
import { Changed, shownValue } from "../../../ui/form/Changed";
import type { Values } from "../../../ui/form/join";
import { useEdit } from "../../../ui/form/useEdit";
import {
  fieldsOf,
  openedOf,
  settingsFrom,
  useFreshSettings,
  useSaveSettings,
  type Settings,
  type SettingsDocument,
  type Weights as Percent,
  type Window,
} from "./queries";
import { MODELS, WINDOWS, windowWords } from "./words";

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

const NAMES: Record<string, string> = {
  model: "Model",
  time_decay_half_life: "Time decay",
  position_weights: "Position based",
  ...Object.fromEntries(Object.entries(WINDOWS).map(([name, words]) => [`windows.${name}`, words])),
  ...Object.fromEntries(EXCLUSIONS),
};

function shown(value: unknown): string {
  if (value === null) return "off";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value !== "object") return MODELS[String(value)] ?? shownValue(value);
  if ("unit" in value) return windowWords(value as Window);
  const { first, middle, last } = value as Percent;
  return `${first}, ${middle} and ${last} percent`;
}

/** The settings as they are saved, to be changed: first looked at, then saved. */
export function SettingsForm({ document, preview }: { document: SettingsDocument; preview: (settings: Settings | null) => void }) {
  const [opened] = useState(() => openedOf(document));
  const [draft, setDraft] = useState<Settings>(() => settingsFrom(opened.values));
  const [error, setError] = useState<Error | null>(null);
  const save = useSaveSettings();
  const fresh = useFreshSettings();
  const edit = useEdit<Values, SettingsDocument>({
    opened,
    send: (fields, names, version) => save.mutateAsync({ fields, names, version }),
    fresh: async () => openedOf(await fresh()),
    fill: (fields) => setDraft(settingsFrom(fields)),
    openedOf,
  });
  const changed = edit.isChanged(fieldsOf(draft));
  const change = (part: Partial<Settings>) => setDraft({ ...draft, ...part });
  const setWindow = (name: string, window: Window | null) => change({ windows: { ...draft.windows, [name]: window } });
  const keep = () => {
    setError(null);
    edit.save(fieldsOf(draft), { onSuccess: () => preview(null), onError: setError });
  };
  return (
    <Card title="Settings">
      <Stack gap="lg">
        <Changed {...edit} thing="page" nameOf={(field) => NAMES[field] ?? field} shown={shown} overwrite={keep} />
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
          <Button onClick={keep} loading={edit.pending} disabled={!changed}>
            Save the settings
          </Button>
          <Button variant="default" onClick={() => preview(draft)} disabled={!changed}>
            Preview
          </Button>
          {changed && (
            <Button
              variant="subtle"
              onClick={() => {
                edit.take();
                preview(null);
              }}
            >
              Undo the changes
            </Button>
          )}
        </Group>
        {error && (
          <Text size="sm" c="red" role="alert">
            {error.message}
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
