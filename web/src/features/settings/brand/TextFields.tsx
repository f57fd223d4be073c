import { Autocomplete, ColorInput, Group, NumberInput, Select, SimpleGrid, Switch } from "@mantine/core";

/** What this needs of a form of `@mantine/form`. */
interface StyleForm {
  getInputProps: (field: string) => { value?: unknown; onChange?: (value: unknown) => void; error?: unknown };
}

export const FONTS = [
  "Helvetica, Arial, sans-serif",
  "Verdana, Geneva, sans-serif",
  "Tahoma, Geneva, sans-serif",
  "'Trebuchet MS', Helvetica, sans-serif",
  "Georgia, serif",
  "'Times New Roman', Times, serif",
  "'Courier New', Courier, monospace",
];
const WEIGHTS = { 300: "Light", 400: "Normal", 500: "Medium", 600: "Semibold", 700: "Bold", 800: "Heavy" };

/** The style of a text that lies at `at` in a form. */
export function TextFields({ form, at }: { form: StyleForm; at: string }) {
  const weight = form.getInputProps(`${at}.font_weight`);
  return (
    <Stacked>
      <Autocomplete label="Font" data={FONTS} {...(form.getInputProps(`${at}.font_family`) as object)} />
      <ColorInput label="Colour" format="hexa" {...(form.getInputProps(`${at}.color`) as object)} />
      <NumberInput label="Size" min={6} max={120} allowDecimal={false} {...(form.getInputProps(`${at}.font_size`) as object)} />
      <Select
        label="Weight"
        data={Object.entries({ ...WEIGHTS, [String(weight.value)]: WEIGHTS[weight.value as keyof typeof WEIGHTS] ?? String(weight.value) }).map(
          ([value, label]) => ({ value, label }),
        )}
        value={String(weight.value)}
        onChange={(value) => weight.onChange?.(Number(value))}
        allowDeselect={false}
      />
      <Marks form={form} at={at} />
    </Stacked>
  );
}

/** Italics and underlining, which links have too. */
export function Marks({ form, at }: { form: StyleForm; at: string }) {
  const style = form.getInputProps(`${at}.font_style`);
  const decoration = form.getInputProps(`${at}.text_decoration`);
  return (
    <Group gap="lg">
      <Switch
        label="Italic"
        checked={style.value === "italic"}
        onChange={(event) => style.onChange?.(event.currentTarget.checked ? "italic" : "normal")}
      />
      <Switch
        label="Underlined"
        checked={String(decoration.value).includes("underline")}
        onChange={(event) => decoration.onChange?.(event.currentTarget.checked ? "underline" : "none")}
      />
    </Group>
  );
}

function Stacked({ children }: { children: React.ReactNode }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      {children}
    </SimpleGrid>
  );
}
