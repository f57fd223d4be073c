import { Autocomplete } from "@mantine/core";
import { isMissing } from "../pieces";
import { KNOWN_NAMES, propertyName, propertyPath } from "../properties";
import type { FieldProps } from "./FieldInput";
import { gap } from "./gap";
import { MENU } from "./menu";
import { useEventProperties, useProfileProperties, useSeenValues } from "./subject";
import { widthOf } from "./width";

type Suggestions = string[] | { group: string; items: string[] }[];

interface SuggestedProps {
  label: string;
  text: string;
  missing: boolean;
  data: Suggestions;
  onChange: (text: string) => void;
}

/** Free text with what was seen before to choose from. */
function Suggested({ label, text, missing, data, onChange }: SuggestedProps) {
  return (
    <Autocomplete
      size="sm"
      aria-label={label}
      placeholder={label}
      {...gap(missing)}
      value={text}
      onChange={onChange}
      data={data}
      maxDropdownHeight={300}
      comboboxProps={MENU}
      w={widthOf(text || label, 10)}
    />
  );
}

export function SuggestedText({ field, value, onChange }: FieldProps) {
  const text = isMissing(value) || value === null ? "" : String(value);
  const set = (next: string) => onChange(next === "" ? undefined : next);
  return <Suggested label={field.label} text={text} missing={isMissing(value)} data={useSeenValues()} onChange={set} />;
}

export function EventPropertyInput({ field, value, onChange }: FieldProps) {
  const set = (next: string) => onChange(next === "" ? undefined : next);
  return (
    <Suggested label={field.label} text={String(value ?? "")} missing={isMissing(value)} data={useEventProperties()} onChange={set} />
  );
}

export function PropertyInput({ field, value, onChange }: FieldProps) {
  const data = [
    { group: "Of the store", items: useProfileProperties().filter((name) => !KNOWN_NAMES.includes(name)) },
    { group: "Of every profile", items: KNOWN_NAMES },
  ];
  const text = typeof value === "string" ? propertyName(value) : "";
  return <Suggested label={field.label} text={text} missing={isMissing(value)} data={data} onChange={(next) => onChange(propertyPath(next))} />;
}
