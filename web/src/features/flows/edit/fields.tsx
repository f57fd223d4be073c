/** The controls of the inspector, bound to a field of a node: what is typed joins one step back. */

import { NumberInput, Select, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { createContext, use } from "react";
import { fieldOf, setField, together } from "../../../editor/commands";
import { useEditor, useEditorState } from "../../../editor/context";
import type { Document, Key } from "../../../editor/document";

export type Path = readonly string[];

export interface Bound {
  readonly of: Key;
  readonly path: Path;
  readonly label: string;
  readonly hint?: string;
}

/** What is changed below `from` is changed below `to`, too. */
export interface Mirror {
  readonly from: Path;
  readonly to: Path;
}

export const MirrorContext = createContext<Mirror | null>(null);

/** What the server refuses of a node, and which of its fields. */
export interface Refusal {
  readonly detail: string;
  readonly path: Path;
}

export const RefusalsContext = createContext<readonly Refusal[]>([]);

/** Whether the field, or what it holds, was refused. */
function useIsRefused(path: Path): boolean {
  return use(RefusalsContext).some(({ path: refused }) => path.every((name, place) => refused[place] === name));
}

const mirrored = (path: Path, mirror: Mirror | null): readonly Path[] =>
  mirror?.from.every((name, place) => path[place] === name) ? [path, [...mirror.to, ...path.slice(mirror.from.length)]] : [path];

/** A field's value, and a way to change it; undefined takes the field away. */
export function useField({ of, path, label }: Bound): readonly [value: unknown, set: (value: unknown) => void] {
  const editor = useEditor();
  const mirror = use(MirrorContext);
  const value = useEditorState(({ document }) => fieldOf(document.get(of)?.data, path));
  const set = (next: unknown) =>
    editor.run((document: Document) => together(document, ...mirrored(path, mirror).map((each) => (now: Document) => setField(now, { key: of, path: each, value: next }))), null, { words: `Change ${label.toLowerCase()}`, merge: `${of}/${path.join("/")}` });
  return [value, set];
}

interface Written {
  placeholder?: string;
  lines?: number;
  code?: boolean;
  /** what is shown of a value that is written otherwise */
  show?: (value: string) => string;
}

export function TextField({ placeholder, lines, code, show, ...bound }: Bound & Written) {
  const [value, set] = useField(bound);
  const error = useIsRefused(bound.path);
  const shared = { error, label: bound.label, description: bound.hint, placeholder, value: typeof value !== "string" ? "" : show ? show(value) : value };
  if (lines)
    return <Textarea {...shared} autosize minRows={lines} maxRows={20} {...(code ? { spellCheck: false, ff: "monospace", styles: { input: { fontFamily: "monospace", fontSize: 12.5 } } } : {})} onChange={({ currentTarget }) => set(currentTarget.value || null)} />;
  return <TextInput {...shared} onChange={({ currentTarget }) => set(currentTarget.value || null)} />;
}

/** What is typed stays as it is, and is told of. */
function outside(value: unknown, min = -Infinity, max = Infinity): string | null {
  if (typeof value !== "number" || (value >= min && value <= max)) return null;
  return max === Infinity ? `At least ${min}.` : `From ${min} to ${max}.`;
}

export function NumberField({ min, max, unit, ...bound }: Bound & { min?: number; max?: number; unit?: string }) {
  const [value, set] = useField(bound);
  const isRefused = useIsRefused(bound.path);
  return (
    <NumberInput
      label={bound.label}
      description={bound.hint}
      {...(min === undefined ? {} : { min })}
      {...(max === undefined ? {} : { max })}
      allowDecimal={false}
      clampBehavior="none"
      error={outside(value, min, max) ?? isRefused}
      suffix={unit ? ` ${unit}` : ""}
      value={typeof value === "number" ? value : ""}
      onChange={(next) => typeof next === "number" && set(next)}
    />
  );
}

/** `fallback`: what holds where nothing is said. */
export function SwitchField({ fallback = false, ...bound }: Bound & { fallback?: boolean }) {
  const [value, set] = useField(bound);
  return <Switch label={bound.label} description={bound.hint} checked={typeof value === "boolean" ? value : fallback} onChange={({ currentTarget }) => set(currentTarget.checked)} />;
}

export function ChoiceField({ options, fallback, ...bound }: Bound & { options: readonly (readonly [value: string, label: string])[]; fallback?: string }) {
  const [value, set] = useField(bound);
  const error = useIsRefused(bound.path);
  return (
    <Select
      error={error}
      label={bound.label}
      description={bound.hint}
      data={options.map(([each, label]) => ({ value: each, label }))}
      value={typeof value === "string" ? value : (fallback ?? null)}
      allowDeselect={false}
      comboboxProps={{ withinPortal: false }}
      onChange={(next) => next && set(next)}
    />
  );
}

export const Hint = ({ children }: { children: string }) => (
  <Text size="xs" c="dimmed">
    {children}
  </Text>
);

export const STATUS_PATH: Path = ["data", "status"];

/** Whether a step acts: each message, webhook and change has a status of its own. */
export function StatusField({ of }: { of: Key }) {
  return (
    <ChoiceField
      of={of}
      path={STATUS_PATH}
      label="This step"
      fallback="draft"
      options={[
        ["live", "Live: acts by itself"],
        ["manual", "Manual: waits for somebody's review"],
        ["draft", "Draft: people pass it"],
        ["disabled", "Off: people pass it"],
      ]}
    />
  );
}
