import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { Time } from "../Time";
import type { Meanwhile } from "./useEdit";

interface ChangedProps<Of> {
  meanwhile: Meanwhile<Of> | null;
  /** The thing: "profile". */
  thing: string;
  /** A field's name, and its value as a person reads it. */
  nameOf: (field: string) => string;
  shown: (value: unknown) => string;
  take: () => void;
  overwrite: () => void;
}

/** Somebody else saved while this was open: what of theirs is in the form now, and what both changed. */
export function Changed<Of extends Record<string, unknown>>({ meanwhile, thing, nameOf, shown, take, overwrite }: ChangedProps<Of>) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (meanwhile) box.current?.focus();
  }, [meanwhile]);
  if (!meanwhile) return null;
  const { taken, disputed, theirs, values, at } = meanwhile;
  return (
    <Alert
      ref={box}
      tabIndex={-1}
      role="alert"
      color="orange"
      icon={<IconUsers />}
      // the head of a window or of the page stays above what is scrolled to
      style={{ scrollMarginTop: "5rem" }}
      title={`Not saved yet: this ${thing} was changed after you opened it`}
    >
      <Stack gap="xs">
        <Text size="sm">
          {at && (
            <>
              It was changed <Time at={at} />.{" "}
            </>
          )}
          Nothing of what you wrote is lost.
        </Text>
        <Told title="Joined with yours:" lines={taken.map((field) => `${nameOf(field)}: now ${shown(theirs[field])}`)} />
        <Told title="You both changed:" lines={disputed.map((field) => `${nameOf(field)}: they wrote ${shown(theirs[field])}, you wrote ${shown(values[field])}`)} />
        <Group gap="xs">
          <Button size="xs" onClick={overwrite}>
            {disputed.length > 0 ? "Overwrite with mine" : "Save both"}
          </Button>
          <Button size="xs" variant="default" onClick={take}>
            Load theirs
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function Told({ title, lines }: { title: string; lines: string[] }) {
  if (lines.length === 0) return null;
  return (
    <div>
      <Text size="sm">{title}</Text>
      <List size="sm">
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
    </div>
  );
}

/** A value in a sentence. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)) return "empty";
  if (typeof value === "string") return `“${value}”`;
  if (Array.isArray(value)) return value.map((each) => (typeof each === "string" ? each : JSON.stringify(each))).join(", ");
  return JSON.stringify(value);
}
