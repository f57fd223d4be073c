import { Select, Text } from "@mantine/core";
import type { Fork, Form } from "../pieces";
import { gap } from "./gap";
import { MENU } from "./menu";
import { widthOf } from "./width";

interface FormSelectProps {
  fork: Fork;
  form: Form | undefined;
  onChange: (form: Form) => void;
}

/** Above this many ways to say it, one searches. */
const MANY = 12;

/** The words that decide how the sentence goes on. Where there is but one way, they are plain words. */
export function FormSelect({ fork, form, onChange }: FormSelectProps) {
  const offered = fork.forms.filter((one) => one.offered !== false || one === form);
  if (form && offered.length === 1) return form.name ? <span>{form.name}</span> : null;
  return (
    <Select
      size="sm"
      aria-label={fork.label}
      placeholder="Choose …"
      {...gap(!form)}
      value={form ? keyOf(form) : null}
      data={groupsOf(offered)}
      onChange={(key) => {
        const next = offered.find((one) => keyOf(one) === key);
        if (next && next !== form) onChange(next);
      }}
      renderOption={({ option }) => <Option form={offered.find((one) => keyOf(one) === option.value)} />}
      allowDeselect={false}
      searchable={offered.length > MANY}
      maxDropdownHeight={340}
      comboboxProps={MENU}
      w={widthOf(form?.name ?? "Choose …")}
    />
  );
}

function Option({ form }: { form: Form | undefined }) {
  return (
    <div>
      <span>{form?.name}</span>
      {form?.hint && (
        <Text size="xs" c="dimmed">
          {form.hint}
        </Text>
      )}
    </div>
  );
}

/** A number and a date can both be "at least". */
const keyOf = ({ group, name }: Form) => `${group ?? ""}/${name}`;
const itemOf = (form: Form) => ({ value: keyOf(form), label: form.name });

function groupsOf(forms: Form[]) {
  const groups = [...new Set(forms.map(({ group }) => group ?? ""))];
  if (groups.length === 1) return forms.map(itemOf);
  return groups.map((group) => ({ group, items: forms.filter((form) => (form.group ?? "") === group).map(itemOf) }));
}
