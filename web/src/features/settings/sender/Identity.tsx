import { SimpleGrid, Skeleton, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Changed, shownValue } from "../../../ui/form/Changed";
import type { Opened } from "../../../ui/form/useEdit";
import { Foot } from "../../../ui/form/Foot";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { openedIdentity, useDetails, useFreshDetails, useSaveDetails, type Identity as Values } from "../account/queries";

const ADDRESS = "contact_information.street_address";
const NAMES: Record<string, string> = {
  "contact_information.default_sender_name": "Sender name",
  "contact_information.default_sender_email": "Sender address",
  [`${ADDRESS}.address1`]: "Street",
  [`${ADDRESS}.address2`]: "Second line",
  [`${ADDRESS}.zip`]: "Postal code",
  [`${ADDRESS}.city`]: "City",
  [`${ADDRESS}.region`]: "State or region",
  [`${ADDRESS}.country`]: "Country",
};

/** Who mail comes from, and the postal address that each shows: of the account, as the API has them. */
export function Identity() {
  const query = useDetails();
  if (query.data) return <Editor opened={openedIdentity(query.data)} />;
  return query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={320} radius="lg" />;
}

function Editor({ opened }: { opened: Opened<Values> }) {
  const form = useForm<Values>({ mode: "uncontrolled", initialValues: opened.values });
  const { edit, submission } = useFormEdit({
    form,
    opened,
    send: useSaveDetails<Values>().mutateAsync,
    fresh: useFreshDetails(),
    openedOf: openedIdentity,
  });
  const field = (name: string) => ({ key: form.key(name), ...form.getInputProps(name) });
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Changed {...edit} thing="sender" nameOf={(field) => NAMES[field] ?? field} shown={shownValue} overwrite={submission.onSubmit} />
        <Card title="Sender">
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" maw={720}>
            <TextInput
              label="Sender name"
              description="Where a message names nobody."
              required
              {...field("contact_information.default_sender_name")}
            />
            <TextInput
              label="Sender address"
              description="Mail comes from it, and answers go there."
              type="email"
              required
              {...field("contact_information.default_sender_email")}
            />
          </SimpleGrid>
        </Card>
        <Card title="Postal address">
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" maw={720}>
            <TextInput label="Street" autoComplete="address-line1" {...field(`${ADDRESS}.address1`)} />
            <TextInput label="Second line" autoComplete="address-line2" {...field(`${ADDRESS}.address2`)} />
            <TextInput label="Postal code" autoComplete="postal-code" {...field(`${ADDRESS}.zip`)} />
            <TextInput label="City" autoComplete="address-level2" {...field(`${ADDRESS}.city`)} />
            <TextInput label="State or region" autoComplete="address-level1" {...field(`${ADDRESS}.region`)} />
            <TextInput label="Country" autoComplete="country-name" {...field(`${ADDRESS}.country`)} />
          </SimpleGrid>
        </Card>
        <Foot of={submission} label="Save sender and address" />
      </Stack>
    </form>
  );
}
