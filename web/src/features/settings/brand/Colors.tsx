import { ActionIcon, Button, ColorInput, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { Foot } from "../../../ui/form/Foot";
import { useSubmit } from "../../../ui/form/submit";
import classes from "./Brand.module.css";
import { usePalettes, useSaveThing, type Palette } from "./queries";
import { ThingHead, ThingMenu, ThingsCard } from "./Things";

export function Colors() {
  const query = usePalettes();
  return (
    <ThingsCard title="Colours" add="Add colours" query={query} rows={query.data?.data} empty="No colours yet. A palette keeps those of your brand at hand." edit={(done) => <Edit done={done} />}>
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
        <ThingMenu kind="brand-color" id={palette.id} noun="palette" name={name} edit={(done) => <Edit palette={palette} done={done} />} />
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

function Edit({ palette, done }: { palette?: Palette; done: () => void }) {
  const start = palette?.attributes;
  const form = useForm<Draft>({ initialValues: { name: start?.name ?? "", colors: start?.colors ?? [{ hex: "#1f6f5c", name: "" }] } });
  const submission = useSubmit(form, useSaveThing<Draft>("brand-color", palette?.id), done);
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
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
