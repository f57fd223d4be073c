import { ActionIcon, Autocomplete, Button, ColorInput, Group, Menu, NumberInput, Paper, SegmentedControl, Select, SimpleGrid, Stack, Switch, Text, Textarea, TextInput, Input } from "@mantine/core";
import { IconAlignCenter, IconAlignLeft, IconAlignRight, IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useId } from "react";
import { fieldOf } from "../../../editor/commands";
import { ImageField } from "../../images";
import type { Field, ItemKind, Path } from "../blocks/kind";
import type { Wire } from "../tree";
import classes from "./Editor.module.css";
import { PersonalTool } from "./RichText";

interface ControlProps {
  field: Field;
  /** of the node, or of an item in it */
  data: unknown;
  /** an absent value takes the field away */
  onChange: (path: Path, value: unknown) => void;
}

const FONTS = [
  "Arial, Helvetica, sans-serif", "Georgia, serif", "Helvetica Neue, Helvetica, Arial, sans-serif", "Tahoma, Geneva, sans-serif",
  "Times New Roman, Times, serif", "Trebuchet MS, Helvetica, sans-serif", "Verdana, Geneva, sans-serif", "Courier New, Courier, monospace",
];

const SIDES = [["top", "Above"], ["right", "Right"], ["bottom", "Below"], ["left", "Left"]] as const;

/** One field of the inspector, by its kind of control. */
export function Control({ field, data, onChange }: ControlProps) {
  const { label, path, hint } = field;
  const value = fieldOf(data, path);
  const text = typeof value === "string" ? value : "";
  const shared = { label, description: hint };
  const set = (next: unknown) => onChange(path, next === "" || next === null ? undefined : next);
  switch (field.control) {
    case "text":
      return <WithPersonal {...shared} value={text} placeholder={field.placeholder} onChange={(next) => onChange(path, keepEmpty(path) ? next : next || undefined)} />;
    case "address":
      return <TextInput {...shared} type="url" placeholder={field.placeholder} value={text} onChange={({ currentTarget }) => onChange(path, currentTarget.value)} />;
    case "lines":
      return <Textarea {...shared} autosize minRows={2} value={text} onChange={({ currentTarget }) => onChange(path, currentTarget.value)} />;
    case "code":
      return <Textarea {...shared} autosize minRows={6} maxRows={24} spellCheck={false} classNames={{ input: classes.code ?? "" }} value={text} onChange={({ currentTarget }) => onChange(path, currentTarget.value)} />;
    case "number":
      return (
        <NumberInput {...shared} {...(field.min === undefined ? {} : { min: field.min })} {...(field.max === undefined ? {} : { max: field.max })} step={field.step ?? 1} allowDecimal={field.step !== undefined} suffix={field.unit ? ` ${field.unit}` : ""} value={typeof value === "number" ? value : ""} onChange={(next) => set(typeof next === "number" ? next : undefined)} />
      );
    case "colour":
      return <ColorInput {...shared} format="hex" withEyeDropper={false} popoverProps={{ withinPortal: false }} placeholder="As the whole" value={text} onChange={set} />;
    case "switch":
      return <Switch {...shared} checked={value === true} onChange={({ currentTarget }) => onChange(path, currentTarget.checked)} />;
    case "weight":
      return <Switch {...shared} checked={["bold", "600", "700", "800", "900"].includes(text)} onChange={({ currentTarget }) => onChange(path, currentTarget.checked ? "700" : "400")} />;
    case "choice":
      return <Select {...shared} data={field.options.map(([each, words]) => ({ value: each, label: words }))} value={text || null} placeholder="Default" clearable comboboxProps={{ withinPortal: false }} onChange={set} />;
    case "font":
      return <Autocomplete {...shared} data={FONTS} value={text} placeholder="As the whole" comboboxProps={{ withinPortal: false }} onChange={set} />;
    case "align":
      return <Align label={label} value={text} onChange={set} />;
    case "space":
      return <Space label={label} path={path} data={data} onChange={onChange} />;
    case "image":
      return <ImageField label={label} value={text} onChange={(next) => onChange(path, next)} />;
    case "items":
      return <Items field={field} data={data} onChange={onChange} />;
  }
}

/** A block's content must be there, even if it is empty. */
const keepEmpty = (path: Path) => path.at(-1) === "content" || path.includes("properties");

function WithPersonal({ label, description, value, placeholder, onChange }: { label: string; description: string | undefined; value: string; placeholder: string | undefined; onChange: (value: string) => void }) {
  return (
    <TextInput
      label={label}
      description={description}
      placeholder={placeholder}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      rightSection={<PersonalTool onChoose={(code) => onChange(value + code)} />}
    />
  );
}

function Align({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const icons = [["left", IconAlignLeft, "Left"], ["center", IconAlignCenter, "Centre"], ["right", IconAlignRight, "Right"]] as const;
  const id = useId();
  return (
    <div>
      <Input.Label id={id}>{label}</Input.Label>
      <SegmentedControl
        aria-labelledby={id}
        size="xs"
        fullWidth
        value={value}
        onChange={onChange}
        data={icons.map(([each, Icon, words]) => ({ value: each, label: <Icon size={15} role="img" aria-label={words} style={{ verticalAlign: "middle" }} /> }))}
      />
    </div>
  );
}

function Space({ label, path, data, onChange }: { label: string; path: Path; data: unknown; onChange: ControlProps["onChange"] }) {
  const prefix = path.at(-1) ?? "";
  const of = (side: string) => [...path.slice(0, -1), `${prefix}_${side}`];
  return (
    <fieldset className={classes.group}>
      <legend>{label}</legend>
      <SimpleGrid cols={4} spacing={6}>
        {SIDES.map(([side, words]) => {
          const value = fieldOf(data, of(side));
          return (
            <NumberInput key={side} label={words} size="xs" hideControls min={0} max={200} allowDecimal={false} value={typeof value === "number" ? value : ""} onChange={(next) => onChange(of(side), typeof next === "number" ? next : undefined)} />
          );
        })}
      </SimpleGrid>
    </fieldset>
  );
}

function Items({ field, data, onChange }: { field: Field & { control: "items" }; data: unknown; onChange: ControlProps["onChange"] }) {
  const value = fieldOf(data, field.path);
  const items = Array.isArray(value) ? (value as Wire[]) : [];
  const put = (next: readonly Wire[]) => onChange(field.path, next);
  const swap = (at: number, by: -1 | 1) => {
    const next = [...items];
    [next[at], next[at + by]] = [next[at + by] as Wire, next[at] as Wire];
    put(next);
  };
  return (
    <Stack gap="xs" role="list" aria-label={field.label}>
      {items.map((item, at) => {
        const kind = field.kinds[String(item.type)];
        const words = kind?.words(item) ?? String(item.type);
        return (
          <Paper key={at} withBorder p="xs" role="listitem">
            <Group justify="space-between" wrap="nowrap" gap={4}>
              <Text size="sm" fw={600} className={classes.oneLine}>
                {words}
              </Text>
              <Group gap={0} wrap="nowrap">
                <ActionIcon variant="subtle" color="gray" aria-label={`Move ${words} up`} disabled={at === 0} onClick={() => swap(at, -1)}>
                  <IconArrowUp size={15} />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={`Move ${words} down`} disabled={at === items.length - 1} onClick={() => swap(at, 1)}>
                  <IconArrowDown size={15} />
                </ActionIcon>
                <ActionIcon variant="subtle" color="red" aria-label={`Remove ${words}`} onClick={() => put(items.filter((_, place) => place !== at))}>
                  <IconTrash size={15} />
                </ActionIcon>
              </Group>
            </Group>
            <Stack gap="xs">
              {kind?.fields.map((each) => (
                <Control key={each.path.join(".")} field={each} data={item} onChange={(path, next) => onChange([...field.path, String(at), ...path], next)} />
              ))}
            </Stack>
          </Paper>
        );
      })}
      {items.length < (field.most ?? 20) && <Add kinds={field.kinds} onAdd={(item) => put([...items, item])} />}
    </Stack>
  );
}

function Add({ kinds, onAdd }: { kinds: Readonly<Record<string, ItemKind>>; onAdd: (item: Wire) => void }) {
  const all = Object.entries(kinds);
  const [only] = all;
  if (all.length === 1 && only)
    return (
      <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={() => onAdd(only[1].start())}>
        Add a {only[1].label.toLowerCase()}
      </Button>
    );
  return (
    <Menu withinPortal={false}>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} />}>
          Add …
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {all.map(([type, kind]) => (
          <Menu.Item key={type} onClick={() => onAdd(kind.start())}>
            {kind.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
