import { Select, SimpleGrid, Skeleton, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { SESSION } from "../../../api/session";
import { Foot } from "../../../ui/form/Foot";
import { useSubmit } from "../../../ui/form/submit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { draftOf, useDetails, useSaveDetails, type Draft } from "./queries";

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
const CURRENCIES = Intl.supportedValuesOf("currency");

const LOCALES = ["en-US", "en-GB", "de-DE", "de-AT", "de-CH", "fr-FR", "fr-BE", "fr-CA", "es-ES", "es-MX", "it-IT"];

export function Account() {
  const query = useDetails();
  if (query.data) return <Editor start={draftOf(query.data.data.attributes)} />;
  return query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={420} radius="lg" />;
}

function Editor({ start }: { start: Draft }) {
  const form = useForm<Draft>({ mode: "uncontrolled", initialValues: start });
  const client = useQueryClient();
  // the frame around the page shows the name and the time zone
  const submission = useSubmit(form, useSaveDetails(), () => void client.invalidateQueries({ queryKey: SESSION }));
  const field = (name: string) => ({ key: form.key(name), ...form.getInputProps(name) });
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Card title="Shop">
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" maw={720}>
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
