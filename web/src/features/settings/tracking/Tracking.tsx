import { ActionIcon, Button, Divider, Group, Select, SimpleGrid, Skeleton, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { Answer } from "../../../api/ask";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { Foot } from "../../../ui/form/Foot";
import type { Opened } from "../../../ui/form/useEdit";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import {
  NAMES,
  NOTHING,
  openedOf,
  PARTS,
  useFreshTracking,
  useSaveTracking,
  useTracking,
  type Draft,
  type Name,
  type Parameter,
  type Side,
} from "./queries";
import { Example } from "./Example";
import { KNOWN, SIDES, TITLES } from "./words";

const MOST_OWN = 5;

export function Tracking() {
  const query = useTracking();
  if (query.data) return <Editor opened={openedOf(query.data)} />;
  return query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={420} radius="lg" />;
}

const USUAL_SOURCE = "Klaviyo";
const isUsual = ({ campaign, flow }: Draft["utm_source"]) => campaign.text === USUAL_SOURCE || flow.text === USUAL_SOURCE;

type Form = UseFormReturnType<Draft>;

function nameOf(field: string): string {
  if (field === "auto_add_parameters") return "Add them by themselves";
  return field === "custom_parameters" ? "Your own" : TITLES[field as Name][0];
}

function shown(value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.length === 0 ? shownValue(value) : value.map((one: Parameter & { name: string }) => `${one.name}: ${sidesOf(one)}`).join("; ");
  return sidesOf(value as Parameter);
}

const sidesOf = (parameter: Parameter): string =>
  (Object.keys(SIDES) as Side[])
    .map((side) => {
      const { kind, text } = parameter[side];
      const words = kind === "none" ? "nothing" : kind === "static" ? shownValue(text) : (KNOWN[side][kind] ?? kind);
      return `${words} ${SIDES[side].toLowerCase()}`;
    })
    .join(", ");

function Editor({ opened }: { opened: Opened<Draft> }) {
  const form = useForm<Draft>({ initialValues: opened.values });
  const { edit, submission } = useFormEdit<Draft, Answer<"get_tracking_setting">>({
    form: form as never,
    opened,
    send: useSaveTracking().mutateAsync,
    fresh: useFreshTracking(),
    openedOf,
    parts: PARTS,
  });
  const own = form.values.custom_parameters;
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Changed {...edit} thing="page" nameOf={nameOf} shown={shown} overwrite={submission.onSubmit} />
        <Card>
          <Switch
            label="Add them by themselves"
            description="To links of every flow message, and of campaigns that do not say otherwise. A link's own parameters always stay."
            {...form.getInputProps("auto_add_parameters", { type: "checkbox" })}
          />
        </Card>
        <Card title="Parameters">
          <Stack gap="lg" maw={820}>
            {NAMES.map((name) => (
              <div key={name}>
                <Group gap={8} mb={6} align="baseline">
                  <Text fw={600} size="sm">
                    {TITLES[name][0]}
                  </Text>
                  <Text size="xs" c="dimmed" ff="monospace">
                    {TITLES[name][1]}
                  </Text>
                </Group>
                <Sides form={form as Form} at={name} title={TITLES[name][0]} />
                {name === "utm_source" && isUsual(form.values.utm_source) && (
                  <Text size="xs" c="dimmed" mt={6}>
                    A new account says “{USUAL_SOURCE}”, as the API that Rapport speaks has it, so that a shop that moves here goes on under one
                    name in its web analytics. Write your own name where nothing has to go on.
                  </Text>
                )}
              </div>
            ))}
            <Divider label="Your own" labelPosition="left" />
            {own.map((one, at) => (
              <div key={at}>
                <Group gap="xs" mb={6} align="flex-end" wrap="nowrap">
                  <TextInput label="Name" placeholder="via" flex="0 1 240px" {...form.getInputProps(`custom_parameters.${at}.name`)} />
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size={36}
                    aria-label={`Remove ${one.name || "this parameter"}`}
                    onClick={() => form.removeListItem("custom_parameters", at)}
                  >
                    <IconTrash size={17} />
                  </ActionIcon>
                </Group>
                <Sides form={form as Form} at={`custom_parameters.${at}`} title={one.name || "Your own"} />
              </div>
            ))}
            {own.length < MOST_OWN && (
              <Button
                variant="default"
                size="xs"
                leftSection={<IconPlus size={15} />}
                onClick={() => form.insertListItem("custom_parameters", { name: "", campaign: NOTHING, flow: NOTHING })}
                w="fit-content"
              >
                Add a parameter of your own
              </Button>
            )}
          </Stack>
        </Card>
        <Example of={form.values} />
        <Foot of={submission} label="Save the parameters" />
      </Stack>
    </form>
  );
}

/** What the parameter at `at` is in campaigns and in flows. */
function Sides({ form, at, title }: { form: Form; at: string; title: string }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      {(Object.keys(SIDES) as Side[]).map((side) => (
        <Field key={side} form={form} at={`${at}.${side}`} side={side} title={title} />
      ))}
    </SimpleGrid>
  );
}

function Field({ form, at, side, title }: { form: Form; at: string; side: Side; title: string }) {
  const kind = form.getInputProps(`${at}.kind`);
  const label = `${title}: ${SIDES[side].toLowerCase()}`;
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <Select
        aria-label={label}
        description={SIDES[side]}
        data={[
          { value: "none", label: "Nothing" },
          { value: "static", label: "This text:" },
          { group: "Known at sending", items: Object.entries(KNOWN[side]).map(([value, words]) => ({ value, label: words })) },
        ]}
        allowDeselect={false}
        maxDropdownHeight={320}
        flex="1 1 0"
        miw={0}
        {...kind}
        error={form.errors[at]}
      />
      {kind.value === "static" && (
        <TextInput aria-label={`${label}, the text`} description={"\u00a0"} flex="1 1 0" miw={0} {...form.getInputProps(`${at}.text`)} />
      )}
    </Group>
  );
}
