import { Accordion, ActionIcon, Button, ColorInput, Group, NumberInput, Select, SimpleGrid, Skeleton, Stack, TextInput } from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { Answer } from "../../../api/ask";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { Foot } from "../../../ui/form/Foot";
import type { Opened } from "../../../ui/form/useEdit";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import classes from "./Brand.module.css";
import { MailPreview } from "./MailPreview";
import {
  EMAIL_PARTS,
  openedEmail,
  useButtons,
  useDrawnLogos,
  useEmailDefaults,
  useFreshEmailDefaults,
  useSaveEmailDefaults,
  useSocialGroups,
  type EmailDraft,
  type TextStyle,
} from "./queries";
import { Marks, TextFields } from "./TextFields";

export function EmailLook() {
  const query = useEmailDefaults();
  return (
    <Card title="What new e-mails look like">
      {query.data ? (
        <Editor opened={openedEmail(query.data)} />
      ) : query.error ? (
        <Problem error={query.error} retry={query.refetch} />
      ) : (
        <Skeleton height={420} radius="md" />
      )}
    </Card>
  );
}

type Form = UseFormReturnType<EmailDraft>;

function Editor({ opened }: { opened: Opened<EmailDraft> }) {
  const form = useForm<EmailDraft>({ initialValues: opened.values });
  const { edit, submission } = useFormEdit<EmailDraft, Answer<"get_brand_email_default">>({
    form: form as never,
    opened,
    send: useSaveEmailDefaults().mutateAsync,
    fresh: useFreshEmailDefaults(),
    openedOf: openedEmail,
    parts: EMAIL_PARTS,
  });
  const parts = [
    ["things", "Logo, button and social links", <Things key="t" form={form as Form} />],
    ["texts", "Text and headings", <Texts key="x" form={form as Form} />],
    ["header", "Header", <Header key="h" form={form as Form} />],
    ["footer", "Footer", <Footer key="f" form={form as Form} />],
  ] as const;
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <div className={classes.split}>
        <Stack gap="md">
          <Changed {...edit} thing="look" nameOf={nameOf} shown={shown} overwrite={submission.onSubmit} />
          <Accordion variant="separated" defaultValue="things" styles={{ label: { fontSize: "var(--mantine-font-size-sm)", fontWeight: 600 } }}>
            {parts.map(([value, label, panel]) => (
              <Accordion.Item key={value} value={value}>
                <Accordion.Control>{label}</Accordion.Control>
                <Accordion.Panel>{panel}</Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
          <Foot of={submission} label="Save the look" />
        </Stack>
        <MailPreview of={form.values} />
      </div>
    </form>
  );
}

/** What the e-mail takes of the brand. What was deleted meanwhile is nothing. */
function Things({ form }: { form: Form }) {
  const logos = useDrawnLogos().logos?.map(({ logo }) => ({ value: logo.id, label: logo.attributes.name || "Logo" })) ?? [];
  const buttons = useButtons().data?.data.map(({ id, attributes }) => ({ value: id, label: attributes.name || "Button" })) ?? [];
  const groups = useSocialGroups().data?.data.map(({ id, attributes }) => ({ value: id, label: attributes.name || "Links" })) ?? [];
  const choices = [
    ["logo", "Logo", logos],
    ["button", "Button", buttons],
    ["social", "Social links", groups],
  ] as const;
  return (
    <Stack gap="sm">
      {choices.map(([name, label, data]) => (
        <Select
          key={name}
          label={label}
          data={data}
          placeholder={data.length > 0 ? "None" : "None yet: add one above"}
          clearable
          {...form.getInputProps(`points.${name}`)}
        />
      ))}
    </Stack>
  );
}

const TEXTS = [
  ["text", "Text"],
  ["h1_text", "Heading 1"],
  ["h2_text", "Heading 2"],
  ["h3_text", "Heading 3"],
  ["h4_text", "Heading 4"],
] as const;

function Texts({ form }: { form: Form }) {
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <ColorInput label="Background" format="hexa" {...form.getInputProps("body.background_color")} />
        <ColorInput label="Around it" format="hexa" {...form.getInputProps("body.body_background_color")} />
      </SimpleGrid>
      <Accordion variant="contained" defaultValue="text" styles={{ label: { fontSize: "var(--mantine-font-size-sm)" } }}>
        {TEXTS.map(([name, label]) => (
          <Accordion.Item key={name} value={name}>
            <Accordion.Control>{label}</Accordion.Control>
            <Accordion.Panel>
              <TextFields form={form as never} at={`body.${name}`} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
        <Accordion.Item value="link">
          <Accordion.Control>Links</Accordion.Control>
          <Accordion.Panel>
            <LinkFields form={form} at="body.link_text" />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}

const NAMES: Record<string, string> = {
  "points.logo": "Logo",
  "points.button": "Button",
  "points.social": "Social links",
  ...Object.fromEntries(TEXTS.map(([name, label]) => [`body.${name}`, label])),
  "body.link_text": "Links",
  "body.background_color": "Background",
  "body.body_background_color": "Around it",
  "header.background_color": "Background of the header",
  "header.logo_max_width": "Most the logo is wide",
  "header.links": "Links of the header",
  "header.link_text": "Colour of the header's links",
  "footer.background_color": "Background of the footer",
  "footer.text": "Text of the footer",
  "footer.link_text": "Links of the footer",
  "footer.social_group_color": "Icons",
};

const nameOf = (field: string): string => NAMES[field] ?? field;

function shown(value: unknown): string {
  if (typeof value === "number") return `${value} pixels`;
  if (Array.isArray(value)) return shownValue(value.map(({ text }: { text: string }) => text));
  if (typeof value === "object" && value !== null) return styleOf(value as Partial<TextStyle>);
  // what it points at has a number that says nothing to a person
  return /^\d+$/.test(String(value)) ? "another one" : shownValue(value);
}

const styleOf = ({ font_family, font_size, color }: Partial<TextStyle>): string =>
  [font_family, font_size && `${font_size} pixels`, color].filter(Boolean).join(", ") || "another style";

function LinkFields({ form, at, label = "Colour" }: { form: Form; at: string; label?: string }) {
  return (
    <Stack gap="sm">
      <ColorInput label={label} format="hexa" {...form.getInputProps(`${at}.color`)} />
      <Marks form={form as never} at={at} />
    </Stack>
  );
}

function Header({ form }: { form: Form }) {
  const links = form.values.header.links;
  const width = form.getInputProps("header.logo_max_width");
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <ColorInput label="Background" format="hexa" {...form.getInputProps("header.background_color")} />
        <NumberInput
          label="Most the logo is wide"
          description="Empty: as wide as it is."
          min={1}
          max={1200}
          allowDecimal={false}
          {...width}
          value={width.value ?? ""}
          onChange={(value: number | string) => form.setFieldValue("header.logo_max_width", value === "" ? null : Number(value))}
        />
      </SimpleGrid>
      <Stack gap="xs">
        {links.map((_, at) => (
          <Group key={at} gap="xs" wrap="nowrap" align="flex-start">
            <Group gap="xs" flex="1 1 0" align="flex-start">
              <TextInput aria-label={`Words of link ${at + 1}`} placeholder="New" flex="1 1 110px" {...form.getInputProps(`header.links.${at}.text`)} />
              <TextInput
                aria-label={`Address of link ${at + 1}`}
                placeholder="https://shop.example/new"
                flex="2 1 180px"
                {...form.getInputProps(`header.links.${at}.url`)}
              />
            </Group>
            <ActionIcon variant="subtle" color="gray" size={36} aria-label={`Remove link ${at + 1}`} onClick={() => form.removeListItem("header.links", at)}>
              <IconTrash size={17} />
            </ActionIcon>
          </Group>
        ))}
        <Button variant="default" size="xs" leftSection={<IconPlus size={15} />} w="fit-content" onClick={() => form.insertListItem("header.links", { text: "", url: "" })}>
          Add a link
        </Button>
      </Stack>
      <LinkFields form={form} at="header.link_text" label="Colour of links" />
    </Stack>
  );
}

const ICONS = [
  { value: "default", label: "In their own colours" },
  { value: "black", label: "Black" },
  { value: "grey", label: "Grey" },
  { value: "white", label: "White" },
];

function Footer({ form }: { form: Form }) {
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <ColorInput label="Background" format="hexa" {...form.getInputProps("footer.background_color")} />
        <Select label="Icons" data={ICONS} allowDeselect={false} {...form.getInputProps("footer.social_group_color")} />
      </SimpleGrid>
      <TextFields form={form as never} at="footer.text" />
      <LinkFields form={form} at="footer.link_text" label="Colour of links" />
    </Stack>
  );
}
