import { Badge, ColorInput, Divider, Menu, NumberInput, Paper, Select, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { IconStar } from "@tabler/icons-react";
import { Foot } from "../../../ui/form/Foot";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { flat, nested } from "../../../ui/form/flat";
import type { Values } from "../../../ui/form/join";
import { words } from "../../../ui/format";
import classes from "./Brand.module.css";
import { ButtonPreview } from "./ButtonPreview";
import { useButtons, useSaveThing, type Button, type ButtonLook, type Thing } from "./queries";
import { TextFields } from "./TextFields";
import { ThingHead, ThingMenu, ThingsCard } from "./Things";
import { useThingEdit } from "./useThingEdit";

interface Draft extends ButtonLook {
  name: string;
}

export function Buttons() {
  const query = useButtons();
  return (
    <ThingsCard title="Buttons" add="Add a button" query={query} rows={query.data?.data} empty="No button yet. The primary one is what new e-mails take." edit={(done) => <Edit thing={null} done={done} />}>
      {(buttons) => (
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="md">
          {buttons.map((button) => (
            <Tile key={button.id} button={button} />
          ))}
        </SimpleGrid>
      )}
    </ThingsCard>
  );
}

function Tile({ button: { id, attributes } }: { button: Button }) {
  const isPrimary = attributes.is_primary;
  const promote = useSaveThing("brand-button", id);
  const name = attributes.name || "Button";
  return (
    <Paper p="sm">
      <div className={classes.stage} style={{ background: attributes.preview_page_hex ?? "#ffffff" }}>
        <ButtonPreview of={attributes}>Shop now</ButtonPreview>
      </div>
      <ThingHead name={name} mark={isPrimary && <Badge size="xs">Primary</Badge>}>
        <ThingMenu kind="brand-button" id={id} noun="button" name={name} edit={(thing, done) => <Edit thing={thing} done={done} />}>
          {!isPrimary && (
            <Menu.Item leftSection={<IconStar size={15} />} onClick={() => promote.mutate({ changes: { is_primary: true }, version: undefined })}>
              Make it primary
            </Menu.Item>
          )}
        </ThingMenu>
      </ThingHead>
    </Paper>
  );
}

const valuesOf = ({ name, style, border, spacing, text }: Button["attributes"]): Draft => ({ name: name ?? "", style, border, spacing, text });

/** What lies in a block is a field, and a block is saved whole. */
const PARTS = {
  flat,
  nested: (fields: Values, names: readonly string[] = Object.keys(fields)) => {
    const blocks = new Set(names.map(blockOf));
    return nested(fields, Object.keys(fields).filter((name) => blocks.has(blockOf(name))));
  },
};
const blockOf = (name: string): string => name.split(".")[0] ?? name;

function Edit({ thing, done }: { thing: Thing<"brand-button"> | null; done: () => void }) {
  const form = useForm<Draft>({ initialValues: thing ? valuesOf(thing.data.attributes) : { name: "", ...PLAIN } });
  const { edit, submission } = useThingEdit<"brand-button", Draft>({ kind: "brand-button", thing, form: form as never, valuesOf, parts: PARTS, done });
  const px = (label: string, at: string) => <NumberInput label={label} min={0} max={200} allowDecimal={false} {...form.getInputProps(at)} />;
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Changed {...edit} thing="button" nameOf={(field) => NAMES[field] ?? field} shown={shown} overwrite={submission.onSubmit} />
        <div className={classes.stage} style={{ background: "#ffffff" }}>
          <ButtonPreview of={form.values}>Shop now</ButtonPreview>
        </div>
        <TextInput label="Name" placeholder="Main button" data-autofocus {...form.getInputProps("name")} />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <ColorInput label="Background" format="hexa" {...form.getInputProps("style.background_color")} />
          {px("Rounding of the corners", "style.border_radius")}
        </SimpleGrid>
        <Divider label="Text" labelPosition="left" />
        <TextFields form={form as UseFormReturnType<Draft> as never} at="text" />
        <Divider label="Space around the text" labelPosition="left" />
        <SimpleGrid cols={{ base: 2, xs: 4 }} spacing="sm">
          {px("Above", "spacing.padding_top")}
          {px("Right", "spacing.padding_right")}
          {px("Below", "spacing.padding_bottom")}
          {px("Left", "spacing.padding_left")}
        </SimpleGrid>
        <Switch label="With a border" {...form.getInputProps("border.is_border_active", { type: "checkbox" })} />
        {form.values.border.is_border_active && (
          <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
            <ColorInput label="Its colour" format="hexa" {...form.getInputProps("border.border_color")} />
            <Select label="Its line" data={LINES} allowDeselect={false} {...form.getInputProps("border.border_style")} />
            {px("Its width", "border.border_width")}
          </SimpleGrid>
        )}
        <Switch label="With a shadow" {...form.getInputProps("style.is_shadow_active", { type: "checkbox" })} />
        <Foot of={submission} label="Save the button" />
      </Stack>
    </form>
  );
}

const NAMES: Record<string, string> = {
  name: "Name",
  "style.background_color": "Background",
  "style.border_radius": "Rounding of the corners",
  "style.is_shadow_active": "Shadow",
  "style.box_shadow": "Look of the shadow",
  "text.font_family": "Font",
  "text.color": "Colour of the text",
  "text.font_size": "Size of the text",
  "text.font_weight": "Weight of the text",
  "text.font_style": "Italics",
  "text.text_decoration": "Line at the text",
  "text.letter_spacing": "Space between letters",
  "spacing.padding_top": "Space above",
  "spacing.padding_right": "Space at the right",
  "spacing.padding_bottom": "Space below",
  "spacing.padding_left": "Space at the left",
  "border.is_border_active": "Border",
  "border.border_color": "Colour of the border",
  "border.border_style": "Line of the border",
  "border.border_width": "Width of the border",
};

const shown = (value: unknown): string => (typeof value === "boolean" ? (value ? "on" : "off") : typeof value === "number" ? String(value) : shownValue(value));

const LINES = ["solid", "dashed", "dotted"].map((value) => ({ value, label: words(value) }));

/** What a new button begins with. */
const PLAIN: ButtonLook = {
  style: { background_color: "#1f6f5c", border_radius: 6, box_shadow: "0 2px 6px #00000033", is_shadow_active: false },
  border: { border_color: "#12463a", border_style: "solid", border_width: 1, is_border_active: false },
  spacing: { padding_top: 12, padding_right: 24, padding_bottom: 12, padding_left: 24 },
  text: {
    color: "#ffffff",
    font_size: 16,
    font_style: "normal",
    font_family: "Helvetica, Arial, sans-serif",
    font_weight: 700,
    letter_spacing: 0,
    text_decoration: "none",
  },
};
