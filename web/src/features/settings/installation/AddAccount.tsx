import { Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { announce } from "../../../ui/announce";
import { markFaults } from "../../../ui/form/faults";
import { Sheet } from "../../../ui/form/Sheet";
import { useAddAccount, type Draft } from "./queries";

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
const CURRENCIES = Intl.supportedValuesOf("currency");

export function AddAccount({ close }: { close: () => void }) {
  const form = useForm<Draft>({
    mode: "uncontrolled",
    initialValues: { name: "", timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, currency: "EUR" },
  });
  const [rest, setRest] = useState<string | null>(null);
  const add = useAddAccount();
  const onSubmit = () => {
    setRest(null);
    const values = form.getValues();
    const onSuccess = () => {
      announce(`The account ${values.name} is there.`);
      close();
    };
    add.mutate(values, { onSuccess, onError: (error) => setRest(markFaults(form, error)) });
  };
  return (
    <Sheet
      opened
      close={close}
      title="Add an account"
      action="Add the account"
      onSubmit={onSubmit}
      pending={add.isPending}
      error={rest === null ? null : new Error(rest)}
    >
      <Stack gap="md">
        <Text size="sm">A shop of its own: its people, messages, keys and team are apart from every other account. You are its owner.</Text>
        <TextInput label="Name" required data-autofocus key={form.key("name")} {...form.getInputProps("name")} />
        <Select
          label="Time zone"
          data={ZONES}
          searchable
          allowDeselect={false}
          maxDropdownHeight={220}
          limit={100}
          key={form.key("timezone")}
          {...form.getInputProps("timezone")}
        />
        <Select
          label="Currency"
          data={CURRENCIES}
          searchable
          allowDeselect={false}
          maxDropdownHeight={220}
          key={form.key("currency")}
          {...form.getInputProps("currency")}
        />
      </Stack>
    </Sheet>
  );
}
