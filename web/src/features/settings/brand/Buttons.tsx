import { Badge, ColorInput, Divider, Menu, NumberInput, Paper, Select, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { IconStar } from "@tabler/icons-react";
import { Foot } from "../../../ui/form/Foot";
import { useSubmit } from "../../../ui/form/submit";
import { words } from "../../../ui/format";
import classes from "./Brand.module.css";
import { ButtonPreview } from "./ButtonPreview";
import { useButtons, useSaveThing, type Button as Thing, type ButtonLook } from "./queries";
import { TextFields } from "./TextFields";
import { ThingHead, ThingMenu, ThingsCard } from "./Things";

interface Draft extends ButtonLook {
  name: string;
}

export function Buttons() {
  const query = useButtons();
  return (
    <ThingsCard title="Buttons" add="Add a button" query={query} rows={query.data?.data} empty="No button yet. The primary one is what new e-mails take." edit={(done) => <Edit start={{ name: "", ...PLAIN }} done={done} />}>
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

function Tile({ button: { id, attributes } }: { button: Thing }) {
  const { style, border, spacing, text, is_primary: isPrimary } = attributes;
  const promote = useSaveThing<object>("brand-button", id);
  const look: ButtonLook = { style, border, spacing, text };
  const name = attributes.name || "Button";
  return (
    <Paper p="sm">
      <div className={classes.stage} style={{ background: attributes.preview_page_hex ?? "#ffffff" }}>
        <ButtonPreview of={look}>Shop now</ButtonPreview>
      </div>
      <ThingHead name={name} mark={isPrimary && <Badge size="xs">Primary</Badge>}>
        <ThingMenu kind="brand-button" id={id} noun="button" name={name} edit={(done) => <Edit id={id} start={{ name: attributes.name ?? "", ...look }} done={done} />}>
          {!isPrimary && (
            <Menu.Item leftSection={<IconStar size={15} />} onClick={() => promote.mutate({ is_primary: true })}>
              Make it primary
            </Menu.Item>
          )}
        </ThingMenu>
      </ThingHead>
    </Paper>
  );
}

function Edit({ id, start, done }: { id?: string; start: Draft; done: () => void }) {
  const form = useForm<Draft>({ initialValues: start });
  const submission = useSubmit(form, useSaveThing<Draft>("brand-button", id), done);
  const px = (label: string, at: string) => <NumberInput label={label} min={0} max={200} allowDecimal={false} {...form.getInputProps(at)} />;
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
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
