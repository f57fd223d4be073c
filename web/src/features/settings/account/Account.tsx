import { Select, SimpleGrid, Skeleton, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { SESSION } from "../../../api/session";
import { Changed, shownValue } from "../../../ui/form/Changed";
import type { Opened } from "../../../ui/form/useEdit";
import { Foot } from "../../../ui/form/Foot";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { openedShop, useDetails, useFreshDetails, useSaveDetails, type Shop } from "./queries";

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
const CURRENCIES = Intl.supportedValuesOf("currency");

const LOCALES = ["en-US", "en-GB", "de-DE", "de-AT", "de-CH", "fr-FR", "fr-BE", "fr-CA", "es-ES", "es-MX", "it-IT"];

export function Account() {
  const query = useDetails();
  if (query.data) return <Editor opened={openedShop(query.data)} />;
  return query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={420} radius="lg" />;
}

const NAMES: Record<string, string> = {
  "contact_information.organization_name": "Name",
  "contact_information.website_url": "Website",
  timezone: "Time zone",
  preferred_currency: "Currency",
  locale: "Language",
  industry: "Industry",
};

function Editor({ opened }: { opened: Opened<Shop> }) {
  const start = opened.values;
  const form = useForm<Shop>({ mode: "uncontrolled", initialValues: start });
  const client = useQueryClient();
  const { edit, submission } = useFormEdit({
    form,
    opened,
    send: useSaveDetails<Shop>().mutateAsync,
    fresh: useFreshDetails(),
    openedOf: openedShop,
    // the frame around the page shows the name and the time zone
    done: () => void client.invalidateQueries({ queryKey: SESSION }),
  });
  const field = (name: string) => ({ key: form.key(name), ...form.getInputProps(name) });
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Changed {...edit} thing="account" nameOf={(field) => NAMES[field] ?? field} shown={shownValue} overwrite={submission.onSubmit} />
        <Card title="Shop">
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" maw={720} style={{ alignItems: "end" }}>
            <TextInput label="Name" description="As messages and pages show it." required {...field("contact_information.organization_name")} />
            <TextInput
              label="Website"
              description="Links to it say who clicked."
              placeholder="https://shop.example"
              type="url"
              {...field("contact_information.website_url")}
            />
            <Select
              label="Time zone"
              description="Reports count days by it."
              data={choices(ZONES, start.timezone)}
              searchable
              allowDeselect={false}
              maxDropdownHeight={260}
              limit={100}
              {...field("timezone")}
            />
            <Select
              label="Currency"
              description="Of amounts that name none."
              data={choices(CURRENCIES, start.preferred_currency)}
              searchable
              allowDeselect={false}
              {...field("preferred_currency")}
            />
            <Select
              label="Language"
              description="Of mails and pages for people whose own is not known."
              data={localeChoices(start.locale)}
              searchable
              allowDeselect={false}
              {...field("locale")}
            />
            <TextInput label="Industry" {...field("industry")} />
          </SimpleGrid>
        </Card>
        <Foot of={submission} label="Save the account" />
      </Stack>
    </form>
  );
}

/** With what is chosen, also where this browser does not know it. */
const choices = (known: string[], chosen: string): string[] => (known.includes(chosen) ? known : [chosen, ...known]);

/** Each with its name in this browser's language. */
function localeChoices(chosen: string) {
  const names = new Intl.DisplayNames(undefined, { type: "language", fallback: "code" });
  return choices(LOCALES, chosen).map((value) => ({ value, label: names.of(value.replace("_", "-")) ?? value }));
}
