import { Alert, Button, FileButton, NumberInput, Paper, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPhoto, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { Foot } from "../../../ui/form/Foot";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { Card } from "../../../ui/Page";
import { useUploadImage } from "../../images";
import classes from "./Brand.module.css";
import { useAddLogo, useDrawnLogos, type Logo, type Thing } from "./queries";
import { Loaded, ThingHead, ThingMenu } from "./Things";
import { useThingEdit } from "./useThingEdit";

export function Logos() {
  const query = useDrawnLogos();
  return (
    <Card title="Logos" aside={<Add />}>
      <Loaded query={query} rows={query.logos} empty="No logo yet. PNG, JPEG or GIF of at most 5 MB; one with a clear background looks best.">
        {(logos) => (
          <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="md">
            {logos.map(({ logo, url }) => (
              <Tile key={logo.id} logo={logo} url={url} />
            ))}
          </SimpleGrid>
        )}
      </Loaded>
    </Card>
  );
}

/** Uploads a picture and makes a logo of it. */
function Add() {
  const [fault, setFault] = useState<string | null>(null);
  const upload = useUploadImage();
  const add = useAddLogo();
  const onError = (error: Error) => setFault(error.message);
  const take = (file: File | null) => {
    if (!file) return;
    setFault(null);
    const name = file.name.replace(/\.\w+$/, "");
    upload.mutate(file, { onSuccess: ({ data }) => add.mutate({ name, image: data.id }, { onError }), onError });
  };
  return (
    <Stack gap={4} align="flex-end">
      <FileButton onChange={take} accept="image/png,image/jpeg,image/gif">
        {(props) => (
          <Button {...props} size="xs" variant="default" leftSection={<IconUpload size={15} />} loading={upload.isPending || add.isPending}>
            Upload a logo
          </Button>
        )}
      </FileButton>
      {fault && (
        <Alert color="red" role="alert" py={6}>
          {fault}
        </Alert>
      )}
    </Stack>
  );
}

function Tile({ logo, url }: { logo: Logo; url: string | null }) {
  const { name, alt_text, width } = logo.attributes;
  const said = name ?? "Logo";
  return (
    <Paper p="sm">
      <div className={classes.picture}>
        {url ? <img src={url} alt={alt_text ?? ""} style={{ maxWidth: width ?? 160 }} /> : <IconPhoto size={28} stroke={1.4} />}
      </div>
      <ThingHead name={said}>
        <ThingMenu kind="brand-logo" id={logo.id} noun="logo" name={said} edit={(thing, done) => <Edit thing={thing} done={done} />} />
      </ThingHead>
      <Text size="xs" c="dimmed" truncate>
        {alt_text ? `Says “${alt_text}”` : "Says nothing to who can't see it"}
      </Text>
    </Paper>
  );
}

interface Draft {
  name: string;
  alt_text: string;
  link_url: string;
  /** empty: as wide as it is */
  width: number | "";
}

const valuesOf = ({ name, alt_text, link_url, width }: Logo["attributes"]): Draft => ({
  name: name ?? "",
  alt_text: alt_text ?? "",
  link_url: link_url ?? "",
  width: width ?? "",
});

const NAMES: Record<string, string> = { name: "Name", alt_text: "What it says", link_url: "Leads to", width: "Width in pixels" };

function Edit({ thing, done }: { thing: Thing<"brand-logo">; done: () => void }) {
  const form = useForm<Draft>({ initialValues: valuesOf(thing.data.attributes) });
  const { edit, submission } = useThingEdit<"brand-logo", Draft>({ kind: "brand-logo", thing, form: form as never, valuesOf, done });
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Changed {...edit} thing="logo" nameOf={(field) => NAMES[field] ?? field} shown={shownValue} overwrite={submission.onSubmit} />
        <TextInput label="Name" data-autofocus {...form.getInputProps("name")} />
        <TextInput label="What it says" description="Read out to who can't see it, and shown where pictures are off." {...form.getInputProps("alt_text")} />
        <TextInput label="Leads to" placeholder="https://shop.example" type="url" {...form.getInputProps("link_url")} />
        <NumberInput label="Width in pixels" description="Empty: as wide as it is." min={1} max={1200} allowDecimal={false} {...form.getInputProps("width")} />
        <Foot of={submission} label="Save the logo" />
      </Stack>
    </form>
  );
}
