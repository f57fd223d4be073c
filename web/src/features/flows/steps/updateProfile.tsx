import { ActionIcon, Button, Group, Paper, Select, Stack, Switch, TextInput } from "@mantine/core";
import { IconPlus, IconTrash, IconUserEdit } from "@tabler/icons-react";
import { StatusField, useField } from "../edit/fields";
import { at, missing, type FieldsProps, type StepKind } from "./kind";
import type { Wire } from "../tree";

type Way = "string" | "numeric" | "boolean" | "date" | "add" | "remove" | "delete";

const WAYS: readonly (readonly [Way, string])[] = [
  ["string", "set to the text"],
  ["numeric", "set to the number"],
  ["boolean", "set to yes or no"],
  ["date", "set to the date"],
  ["add", "add to the list"],
  ["remove", "take from the list"],
  ["delete", "clear"],
];

function wayOf(operation: Wire): Way {
  if (operation.operator === "delete") return "delete";
  if (operation.property_type === "list") return operation.property_operation === "remove" ? "remove" : "add";
  return operation.property_type as Way;
}

function made(way: Way, key: unknown): Wire {
  if (way === "delete") return { operator: "delete", property_key: key };
  const list = way === "add" || way === "remove";
  const value = way === "numeric" ? 0 : way === "boolean" ? true : way === "date" ? "today" : "";
  return { operator: "update", property_type: list ? "list" : way, ...(list ? { property_operation: way } : {}), property_key: key, property_value: value };
}

function valueWords(operation: Wire): string {
  const key = String(operation.property_key || "…");
  const way = wayOf(operation);
  if (way === "delete") return `clear ${key}`;
  if (way === "add") return `${key} + ${String(operation.property_value)}`;
  if (way === "remove") return `${key} − ${String(operation.property_value)}`;
  const value = operation.property_value;
  return `${key} = ${typeof value === "boolean" ? (value ? "yes" : "no") : String(value)}`;
}

function Value({ of, onChange }: { of: Wire; onChange: (value: unknown) => void }) {
  const way = wayOf(of);
  const value = of.property_value;
  if (way === "delete") return null;
  if (way === "boolean") return <Switch label="yes" checked={value === true} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />;
  if (way === "numeric")
    return <TextInput size="xs" type="number" step="any" aria-label="Value" value={String(value ?? 0)} onChange={({ currentTarget }) => Number.isFinite(currentTarget.valueAsNumber) && onChange(currentTarget.valueAsNumber)} />;
  if (way === "date")
    return (
      <Group gap="xs" wrap="nowrap">
        <Switch label="the day itself" checked={value === "today"} onChange={({ currentTarget }) => onChange(currentTarget.checked ? "today" : new Date().toISOString().slice(0, 10))} />
        {value !== "today" && <TextInput size="xs" type="date" aria-label="Value" value={String(value ?? "")} onChange={({ currentTarget }) => currentTarget.value && onChange(currentTarget.value)} />}
      </Group>
    );
  return <TextInput size="xs" aria-label="Value" value={String(value ?? "")} onChange={({ currentTarget }) => onChange(currentTarget.value)} />;
}

function Fields({ of }: FieldsProps) {
  const [value, set] = useField({ of, path: ["data", "profile_operations"], label: "Properties" });
  const operations = Array.isArray(value) ? (value as Wire[]) : [];
  return (
    <>
      <StatusField of={of} />
      <Stack gap="xs" role="list" aria-label="Properties">
        {operations.map((operation, place) => (
          <Paper key={place} withBorder p="xs" role="listitem">
            <Stack gap={6}>
              <Group gap={4} wrap="nowrap">
                <TextInput size="xs" aria-label="Property" placeholder="Property" value={String(operation.property_key ?? "")} onChange={({ currentTarget }) => set(operations.with(place, { ...operation, property_key: currentTarget.value }))} style={{ flex: 1 }} />
                <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${String(operation.property_key || "this")}`} onClick={() => set(operations.toSpliced(place, 1))}>
                  <IconTrash size={14} />
                </ActionIcon>
              </Group>
              <Select size="xs" aria-label="What to do" data={WAYS.map(([each, label]) => ({ value: each, label }))} value={wayOf(operation)} allowDeselect={false} comboboxProps={{ withinPortal: false }} onChange={(way) => way && set(operations.with(place, made(way as Way, operation.property_key)))} />
              <Value of={operation} onChange={(next) => set(operations.with(place, { ...operation, property_value: next }))} />
            </Stack>
          </Paper>
        ))}
        <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} style={{ alignSelf: "flex-start" }} onClick={() => set([...operations, made("string", "")])}>
          Add a property
        </Button>
      </Stack>
    </>
  );
}

export const updateProfile: StepKind = {
  label: "Update the profile",
  about: "Set, add to or clear properties",
  icon: IconUserEdit,
  tone: "change",
  group: "Data",
  words: ({ profile_operations }) => (Array.isArray(profile_operations) ? (profile_operations as Wire[]).map(valueWords).join(", ") : ""),
  start: () => ({ status: "draft", profile_operations: [] }),
  Fields,
  gaps: (data) => {
    const operations = at(data, "profile_operations");
    const list = Array.isArray(operations) ? (operations as Wire[]) : [];
    return [...missing("It changes nothing yet.", list.length === 0), ...missing("A property has no name.", list.some(({ property_key }) => !property_key))];
  },
  offered: true,
};
