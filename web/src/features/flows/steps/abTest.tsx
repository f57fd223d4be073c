import { Alert, Button, Group, NumberInput, Select, Stack, Switch, Tabs, Text, TextInput } from "@mantine/core";
import { IconFlask, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useParams } from "react-router";
import { announce } from "../../../ui/announce";
import { Hint, MirrorContext, StatusField, TextField, useField } from "../edit/fields";
import { useFlowTests } from "../queries";
import { TestResults } from "../TestResults";
import { nameOf, type Wire } from "../tree";
import { at, missing, textAt, type FieldsProps, type Gap, type StepKind } from "./kind";
import { MessageFields } from "./sendEmail";
import { allocated, experimentOf, freshExperiment, freshInner, messageOf, nameOfVariation, percentsOf, shared, variationsOf, withAnotherTest, withoutVariation, withVariation, type State } from "./variations";

const MAIN = ["data", "main_action", "data", "message"];
const EXPERIMENT = ["data", "current_experiment"];
const MOST = 8;

const metrics = [
  ["unique-opens", "people who opened"],
  ["unique-clicks", "people who clicked"],
  ["unique-placed-orders", "people who ordered"],
] as const;

/** The test: its data, and a way to write all of it in one step. */
function useTest(of: string): readonly [data: Wire, set: (data: Wire) => void] {
  const [value, set] = useField({ of, path: ["data"], label: "test" });
  return [(value ?? {}) as Wire, set];
}

/** What the server says of the test that is drawn here; nothing of one that is still to begin. */
function useRunning(of: string, data: Wire) {
  const { id = "" } = useParams();
  const [action] = useField({ of, path: ["id"], label: "" });
  const isThere = typeof action === "string" && typeof experimentOf(data)?.id === "string";
  const tests = useFlowTests(id, isThere).data?.data.attributes.tests;
  return isThere ? tests?.find(({ action_id }) => action_id === action) : undefined;
}

function Fields({ of }: FieldsProps) {
  const [data, set] = useTest(of);
  const running = useRunning(of, data);
  const drawn = (textAt(data, "experiment_status") || "draft") as State;
  const state = (running?.state ?? drawn) as State;
  return (
    <>
      <StatusField of={of} />
      <TextField of={of} path={[...EXPERIMENT, "name"]} label="Name of the test" />
      {state === "draft" && <Hint>The test begins once this step is live. Until then nobody gets a variation.</Hint>}
      {running && state !== "draft" && <TestResults of={running} />}
      {state === "live" && <Ending ends={drawn === "completed"} set={(status) => set({ ...data, experiment_status: status })} />}
      {state === "completed" ? (
        <Ended of={of} isKnown={drawn === "completed"} begin={() => set(withAnotherTest(data))} />
      ) : (
        <>
          <Variations of={of} isDraft={state === "draft"} />
          <Rule of={of} />
        </>
      )}
    </>
  );
}

function Ending({ ends, set }: { ends: boolean; set: (status: State) => void }) {
  if (ends)
    return (
      <Alert color="orange" title="It ends when you publish">
        <Text size="sm">The best variation by then wins, and everybody gets it from there on.</Text>
        <Button mt="xs" size="xs" variant="default" onClick={() => set("live")}>
          Let it go on
        </Button>
      </Alert>
    );
  return (
    <Button size="xs" variant="default" style={{ alignSelf: "flex-start" }} onClick={() => set("completed")}>
      End the test
    </Button>
  );
}

function Ended({ of, isKnown, begin }: { of: string; isKnown: boolean; begin: () => void }) {
  if (!isKnown) return <Hint>The test ended after this draft was begun. Publishing keeps its winner.</Hint>;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconFlask size={14} />}
        style={{ alignSelf: "flex-start" }}
        onClick={() => {
          begin();
          announce("Another test is set up. It begins once it is published.");
        }}
      >
        Begin another test
      </Button>
      <Text size="sm" fw={500}>
        Everybody gets
      </Text>
      <MessageFields of={of} path={MAIN} />
    </>
  );
}

/** The variations, one at a time: which share of the people gets it, and its message. */
function Variations({ of, isDraft }: { of: string; isDraft: boolean }) {
  const [data, set] = useTest(of);
  const variations = variationsOf(data);
  const percents = percentsOf(data);
  const [chosen, choose] = useState<string | null>(null);
  const names = variations.map(nameOf);
  const shown = chosen !== null && names.includes(chosen) ? chosen : (names[0] ?? null);
  const allocate = (place: number, percent: number) => set({ ...data, current_experiment: { ...experimentOf(data), allocations: allocated(variations, shared(percents, place, percent)) } });
  return (
    <Tabs value={shown} onChange={choose} keepMounted={false}>
      <Tabs.List aria-label="Variations">
        {variations.map((variation, place) => (
          <Tabs.Tab key={nameOf(variation)} value={nameOf(variation)}>
            {nameOfVariation(variation, place)} · {percents[place]} %
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {variations.length < MOST && (
        <Button
          mt="xs"
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => {
            const more = withVariation(data);
            set(more);
            choose(nameOf(variationsOf(more).at(-1) ?? {}));
            announce("Variation added. All get equal shares.");
          }}
        >
          Add a variation
        </Button>
      )}
      {variations.map((variation, place) => (
        <Tabs.Panel key={nameOf(variation)} value={nameOf(variation)} pt="sm">
          <MirrorContext value={isDraft && place === 0 ? { from: [...EXPERIMENT, "variations", "0", "data", "message"], to: MAIN } : null}>
            <Stack gap="md">
              <Group gap="xs" align="end" wrap="nowrap">
                <div style={{ flex: 1 }}>
                  <TextField of={of} path={[...EXPERIMENT, "variations", String(place), "data", "message", "name"]} label="Name of the variation" />
                </div>
                <NumberInput label="Share of people" w={132} min={0} max={100} allowDecimal={false} suffix=" %" value={percents[place] ?? 0} onChange={(next) => typeof next === "number" && next !== percents[place] && allocate(place, next)} />
              </Group>
              {variations.length > 2 && (
                <Button
                  size="xs"
                  variant="subtle"
                  color="red"
                  leftSection={<IconTrash size={14} />}
                  style={{ alignSelf: "flex-start" }}
                  onClick={() => {
                    set(withoutVariation(data, place));
                    announce("Variation removed. The others get equal shares. Undo brings it back.");
                  }}
                >
                  Remove {nameOfVariation(variation, place)}
                </Button>
              )}
              {variation.type === "send-email" ? <MessageFields of={of} path={[...EXPERIMENT, "variations", String(place), "data", "message"]} /> : <Hint>A variation of this kind can’t be edited here.</Hint>}
            </Stack>
          </MirrorContext>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

/** By what the winner is found, and when. */
function Rule({ of }: FieldsProps) {
  const [metric, setMetric] = useField({ of, path: [...EXPERIMENT, "winner_metric"], label: "What decides" });
  const [value, set] = useField({ of, path: [...EXPERIMENT, "automatic_winner_selection_settings"], label: "When it ends" });
  const rule = (value ?? {}) as Wire;
  const isCertain = rule.enabled === true && rule.automatic_end_statistical_certainty === true;
  const date = rule.enabled === true ? textAt(rule, "automatic_end_date") : "";
  const put = (certain: boolean, end: string | null) => set({ enabled: certain || end !== null, automatic_end_statistical_certainty: certain, automatic_end_date: end });
  const options = metric === "submission" ? [...metrics, ["submission", "forms sent (can’t be live yet)"] as const] : metrics;
  return (
    <>
      <Select
        label="The winner has the most"
        data={options.map(([each, label]) => ({ value: each, label }))}
        value={typeof metric === "string" ? metric : "unique-clicks"}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        onChange={(next) => next && setMetric(next)}
      />
      <Switch label="End once one has almost certainly won" description="After 500 recipients of each variation, when one is the best with 90 % certainty." checked={isCertain} onChange={({ currentTarget }) => put(currentTarget.checked, date || null)} />
      <TextInput type="datetime-local" label="End at the latest" description="In the time of this device. Empty: no date." value={localOf(date)} onChange={({ currentTarget }) => put(isCertain, currentTarget.value ? new Date(currentTarget.value).toISOString() : null)} />
      {!isCertain && !date && <Hint>It goes on until somebody ends it.</Hint>}
    </>
  );
}

/** A moment as the input of the browser has it. */
function localOf(moment: string): string {
  if (!moment) return "";
  const date = new Date(moment);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function gapsOf(data: Wire): readonly Gap[] {
  if (textAt(data, "experiment_status") === "completed") return [];
  const variations = variationsOf(data);
  return [
    ...missing("A test needs at least two variations.", variations.length < 2),
    ...variations.flatMap((variation, place) => {
      const name = nameOfVariation(variation, place);
      const message = messageOf(variation);
      return variation.type === "send-email" ? [...missing(`${name} has no subject.`, !textAt(message, "subject_line").trim()), ...missing(`${name} has no design.`, !textAt(message, "template_id"))] : [];
    }),
  ];
}

const EMPTY: Wire = { subject_line: null, preview_text: null, template_id: null, smart_sending_enabled: true };

export const abTest: StepKind = {
  label: "A/B test",
  about: "Variations of a message, until one wins",
  icon: IconFlask,
  tone: "message",
  group: "Messages",
  words: (data) => {
    if (textAt(data, "experiment_status") === "completed") return textAt(data, "main_action", "data", "message", "subject_line");
    return variationsOf(data).map((variation, place) => `${nameOfVariation(variation, place)}: ${textAt(messageOf(variation), "subject_line") || "…"}`).join(" · ");
  },
  start: () => ({ status: "draft", main_action: freshInner(EMPTY, "A"), current_experiment: freshExperiment(EMPTY, "Test") }),
  Fields,
  gaps: (data) => (at(data, "current_experiment") ? gapsOf(data) : []),
  offered: true,
};
