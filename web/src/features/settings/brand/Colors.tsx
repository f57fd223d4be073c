import { ActionIcon, Button, ColorInput, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { Foot } from "../../../ui/form/Foot";
import { Changed, shownValue } from "../../../ui/form/Changed";
import classes from "./Brand.module.css";
import { usePalettes, type Palette, type Thing } from "./queries";
import { ThingHead, ThingMenu, ThingsCard } from "./Things";
import { useThingEdit } from "./useThingEdit";

export function Colors() {
  const query = usePalettes();
  return (
    <ThingsCard title="Colours" add="Add colours" query={query} rows={query.data?.data} empty="No colours yet. A palette keeps those of your brand at hand." edit={(done) => <Edit thing={null} done={done} />}>
      {(palettes) => (
        <Stack gap="lg">
          {palettes.map((palette) => (
            <Shown key={palette.id} palette={palette} />
          ))}
        </Stack>
      )}
    </ThingsCard>
  );
}

function Shown({ palette }: { palette: Palette }) {
  const name = palette.attributes.name || "Palette";
  return (
    <div>
      <ThingHead name={name}>
        <ThingMenu kind="brand-color" id={palette.id} noun="palette" name={name} edit={(thing, done) => <Edit thing={thing} done={done} />} />
      </ThingHead>
      <div className={classes.swatches}>
        {(palette.attributes.colors ?? []).map(({ hex, name: said }, at) => (
          <div key={at} className={classes.swatch}>
            <span className={classes.dot} style={{ background: hex }} />
            <div>
              <Text size="sm" lh={1.2}>
                {said}
              </Text>
              <Text size="xs" c="dimmed" ff="monospace" lh={1.2}>
                {hex}
              </Text>
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}

interface Draft {
  name: string;
  colors: { hex: string; name: string }[];
}

const valuesOf = ({ name, colors }: Palette["attributes"]): Draft => ({ name: name ?? "", colors: colors ?? [] });
const NEW: Draft = { name: "", colors: [{ hex: "#1f6f5c", name: "" }] };

const shown = (value: unknown): string =>
  shownValue(Array.isArray(value) ? (value as Draft["colors"]).map(({ hex, name }) => (name ? `${name} ${hex}` : hex)) : value);

function Edit({ thing, done }: { thing: Thing<"brand-color"> | null; done: () => void }) {
  const form = useForm<Draft>({ initialValues: thing ? valuesOf(thing.data.attributes) : NEW });
  const { edit, submission } = useThingEdit({ kind: "brand-color", thing, form, valuesOf, done });
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Changed {...edit} thing="palette" nameOf={(field) => (field === "name" ? "Name" : "Colours")} shown={shown} overwrite={submission.onSubmit} />
        <TextInput label="Name" placeholder="Main colours" data-autofocus {...form.getInputProps("name")} />
        <Stack gap="xs">
          {form.values.colors.map((_, at) => (
            <Group key={at} gap="xs" wrap="nowrap" align="flex-start">
              <ColorInput aria-label={`Colour ${at + 1}`} format="hexa" flex="1 1 0" {...form.getInputProps(`colors.${at}.hex`)} />
              <TextInput aria-label={`Name of colour ${at + 1}`} placeholder="Its name" flex="1 1 0" {...form.getInputProps(`colors.${at}.name`)} />
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={`Remove colour ${at + 1}`} onClick={() => form.removeListItem("colors", at)}>
                <IconTrash size={17} />
              </ActionIcon>
            </Group>
          ))}
        </Stack>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={15} />}
          w="fit-content"
          onClick={() => form.insertListItem("colors", { hex: "#222427", name: "" })}
        >
          Add a colour
        </Button>
        <Foot of={submission} label="Save the colours" />
      </Stack>
    </form>
  );
}
