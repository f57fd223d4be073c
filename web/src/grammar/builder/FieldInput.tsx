import { MultiSelect, NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { isMissing, type Field, type FieldKind } from "../pieces";
import { COUNTRIES } from "./countries";
import { gap } from "./gap";
import { MENU } from "./menu";
import { FlowPicker, GroupPicker, MetricPicker } from "./pickers";
import { EventPropertyInput, PropertyInput, SuggestedText } from "./suggested";
import { useSeenValues } from "./subject";
import { widthOf } from "./width";

export interface FieldProps {
  field: Field;
  value: unknown;
  /** `undefined` where nothing is given. */
  onChange: (value: unknown) => void;
}

/** The control of one gap; an open gap is marked. */
export function FieldInput(props: FieldProps) {
  const Input = props.field.choices ? Choice : INPUTS[props.field.kind];
  return <Input {...props} />;
}

const INPUTS: Record<FieldKind, (props: FieldProps) => ReactNode> = {
  text: SuggestedText,
  texts: Texts,
  number: Numeric,
  whole: Numeric,
  date: Day,
  choice: Choice,
  metric: MetricPicker,
  group: GroupPicker,
  flow: FlowPicker,
  property: PropertyInput,
  "event-property": EventPropertyInput,
  countries: Countries,
};

function Choice({ field, value, onChange }: FieldProps) {
  const choices = field.choices ?? [];
  const name = choices.find(([one]) => one === value)?.[1];
  return (
    <Select
      size="sm"
      aria-label={field.label}
      placeholder={field.label}
      {...gap(name === undefined)}
      value={name ?? null}
      data={choices.map(([, label]) => label)}
      onChange={(label) => onChange(choices.find(([, one]) => one === label)?.[0])}
      allowDeselect={false}
      searchable={choices.length > 12}
      comboboxProps={MENU}
      w={widthOf(name ?? field.label)}
    />
  );
}

function Numeric({ field, value, onChange }: FieldProps) {
  return (
    <NumberInput
      size="sm"
      aria-label={field.label}
      {...gap(isMissing(value))}
      value={typeof value === "number" ? value : ""}
      onChange={(next) => onChange(typeof next === "number" ? next : undefined)}
      allowDecimal={field.kind === "number"}
      allowNegative={field.least === undefined}
      {...(field.most === undefined ? {} : { max: field.most })}
      hideControls
      w={`calc(${Math.max(String(value ?? "").length, 3)}ch + 30px)`}
    />
  );
}

/** A day is sent as its first moment in UTC, which is how definitions count days. */
function Day({ field, value, onChange }: FieldProps) {
  return (
    <TextInput
      type="date"
      size="sm"
      aria-label={field.label}
      {...gap(isMissing(value))}
      value={typeof value === "string" ? value.slice(0, 10) : ""}
      onChange={({ currentTarget }) => onChange(currentTarget.value ? `${currentTarget.value}T00:00:00+00:00` : undefined)}
      w={150}
    />
  );
}

const textsOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
const orNothing = (texts: string[]) => (texts.length > 0 ? texts : undefined);

function Texts({ field, value, onChange }: FieldProps) {
  return (
    <TagsInput
      size="sm"
      aria-label={field.label}
      placeholder={isMissing(value) ? "Type, then Enter" : ""}
      {...gap(isMissing(value))}
      value={textsOf(value)}
      onChange={(texts) => onChange(orNothing(texts))}
      data={useSeenValues()}
      splitChars={[","]}
      comboboxProps={{ keepMounted: false }}
      acceptValueOnBlur
      miw={180}
      maw={420}
    />
  );
}

function Countries({ field, value, onChange }: FieldProps) {
  return (
    <MultiSelect
      size="sm"
      aria-label={field.label}
      placeholder={isMissing(value) ? "Countries" : ""}
      {...gap(isMissing(value))}
      value={textsOf(value)}
      onChange={(codes) => onChange(orNothing(codes))}
      data={COUNTRIES}
      searchable
      comboboxProps={{ keepMounted: false }}
      miw={180}
      maw={420}
    />
  );
}
