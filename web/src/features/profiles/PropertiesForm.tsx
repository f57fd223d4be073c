import { ActionIcon, Button, Code, Group, Select, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { words } from "../../ui/format";
import { Card } from "../../ui/Page";
import classes from "./Edit.module.css";
import { asKind, KINDS, newRow, type Kind, type Row } from "./properties";

interface PropertiesProps {
  rows: Row[];
  errors: Record<string, ReactNode>;
  change: (rows: Row[]) => void;
}

/** What the store keeps of a person beyond their name and address. */
export function Properties({ rows, errors, change }: PropertiesProps) {
  const add = () => {
    const row = newRow();
    change([...rows, row]);
    requestAnimationFrame(() => document.getElementById(row.key)?.focus());
  };
  const remove = (place: number) => {
    change(rows.toSpliced(place, 1));
    // to the neighbour, or to what makes a new one
    const next = rows[place + 1] ?? rows[place - 1];
    requestAnimationFrame(() => document.getElementById(next?.key ?? ADD)?.focus());
  };
  return (
    <Card title="Properties">
      <Stack gap="sm">
        {rows.length === 0 && (
          <Text size="sm" c="dimmed">
            None yet. A property is anything you know of a person: a tier, a birthday, what they like.
          </Text>
        )}
        {rows.map((row, place) => (
          <Line
            key={row.key}
            row={row}
            number={place + 1}
            error={errors[`properties.${place}`]}
            change={(next) => change(rows.with(place, next))}
            remove={() => remove(place)}
          />
        ))}
        <Group>
          <Button id={ADD} variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={add}>
            Add a property
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

const ADD = "add-property";

interface LineProps {
  row: Row;
  number: number;
  error: ReactNode;
  change: (row: Row) => void;
  remove: () => void;
}

function Line({ row, number, error, change, remove }: LineProps) {
  const called = row.name.trim() || `property ${number}`;
  const kinds = row.kind === "other" ? [{ value: "other", label: "Other" }] : KINDS.map((kind) => ({ value: kind, label: words(kind) }));
  return (
    <div className={classes.property} role="group" aria-label={`Property ${called}`}>
      <TextInput
        id={row.key}
        aria-label={`Name of property ${number}`}
        placeholder="Name"
        value={row.name}
        error={error}
        onChange={({ currentTarget }) => change({ ...row, name: currentTarget.value })}
      />
      <Select
        aria-label={`Kind of ${called}`}
        data={kinds}
        value={row.kind}
        disabled={row.kind === "other"}
        allowDeselect={false}
        onChange={(kind) => kind && change(asKind(row, kind as Kind))}
      />
      <Value row={row} called={called} change={change} />
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove ${called}`} onClick={remove}>
        <IconTrash size={17} />
      </ActionIcon>
    </div>
  );
}

function Value({ row, called, change }: { row: Row; called: string; change: (row: Row) => void }) {
  const label = `Value of ${called}`;
  switch (row.kind) {
    case "yes or no":
      return (
        <Switch
          aria-label={label}
          label={row.yes ? "Yes" : "No"}
          checked={row.yes}
          onChange={({ currentTarget }) => change({ ...row, yes: currentTarget.checked })}
          className={classes.switch}
        />
      );
    case "list":
      return <TagsInput aria-label={label} placeholder="Write, then press Enter" value={row.items} onChange={(items) => change({ ...row, items })} acceptValueOnBlur />;
    case "other":
      return (
        <Code block className={classes.other}>
          {JSON.stringify(row.other)}
        </Code>
      );
    default:
      return (
        <TextInput
          aria-label={label}
          placeholder="Value"
          type={row.kind === "date" ? "date" : "text"}
          inputMode={row.kind === "number" ? "decimal" : undefined}
          value={row.text}
          onChange={({ currentTarget }) => change({ ...row, text: currentTarget.value })}
        />
      );
  }
}
