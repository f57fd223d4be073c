import { Accordion, ActionIcon, Button, ColorInput, Group, NumberInput, Select, SimpleGrid, Skeleton, Stack, TextInput } from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { refOf } from "../../../api/records";
import { Foot } from "../../../ui/form/Foot";
import { useSubmit } from "../../../ui/form/submit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import classes from "./Brand.module.css";
import { MailPreview } from "./MailPreview";
import { POINTS, useButtons, useDrawnLogos, useEmailDefaults, useSaveEmailDefaults, useSocialGroups, type EmailDraft, type Points } from "./queries";
import { Marks, TextFields } from "./TextFields";

export function EmailLook() {
  const query = useEmailDefaults();
  const resource = query.data?.data;
  return (
    <Card title="What new e-mails look like">
      {resource ? (
        <Editor start={{ ...resource.attributes, points: pointsOf(resource) }} />
      ) : query.error ? (
        <Problem error={query.error} retry={query.refetch} />
      ) : (
        <Skeleton height={420} radius="md" />
      )}
    </Card>
  );
}

function pointsOf(resource: unknown): Points {
  const to = (name: keyof Points) => refOf(resource as never, POINTS[name])?.id ?? null;
  return { logo: to("logo"), button: to("button"), social: to("social") };
}

type Form = UseFormReturnType<EmailDraft>;

function Editor({ start }: { start: EmailDraft }) {
  const form = useForm<EmailDraft>({ initialValues: start });
  const submission = useSubmit(form as never, useSaveEmailDefaults());
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
