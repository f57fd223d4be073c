import { Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import type { Resource } from "../../../api/types";
import { markFaults } from "../../../ui/form/faults";
import { Sheet } from "../../../ui/form/Sheet";
import { useCreateApp, useUpdateApp, type App, type Draft } from "./queries";

interface AppFormProps {
  /** None: a new one. */
  of: Resource<App> | null;
  close: () => void;
  onMade: (app: Resource<App>) => void;
}

export function AppForm({ of, close, onMade }: AppFormProps) {
  const form = useForm<Draft>({
    mode: "uncontrolled",
    initialValues: {
      name: of?.attributes.name ?? "",
      redirect_uris: of?.attributes.redirect_uris.join("\n") ?? "",
      scopes: of?.attributes.scopes ?? [],
    },
  });
  const [rest, setRest] = useState<string | null>(null);
  const create = useCreateApp();
  const update = useUpdateApp(of?.id ?? "");
  const onError = (error: Error) => setRest(markFaults(form, error));
  const made = ({ data }: { data: Resource<App> }) => {
    close();
    onMade(data);
  };
  const onSubmit = () => {
    setRest(null);
    if (of) update.mutate(form.getValues(), { onSuccess: close, onError });
    else create.mutate(form.getValues(), { onSuccess: made, onError });
  };
  return (
    <Sheet
      opened
      close={close}
      title={of ? "Edit the application" : "Register an application"}
      action={of ? "Save the application" : "Register the application"}
      onSubmit={onSubmit}
      pending={create.isPending || update.isPending}
      error={rest === null ? null : new Error(rest)}
    >
      <Stack gap="md">
        <TextInput
          label="Name"
          description="What people are asked about."
          required
          data-autofocus
          key={form.key("name")}
          {...form.getInputProps("name")}
        />
        <Textarea
          label="Redirect URIs"
          description="Where people are sent back to, one a line: https, or http on the machine itself."
          placeholder="https://sync.example.com/callback"
          required
          autosize
          minRows={2}
          key={form.key("redirect_uris")}
          {...form.getInputProps("redirect_uris")}
        />
        <TagsInput
          label="Scopes"
          description="The most it may ask for, such as profiles:read."
          splitChars={[" ", ","]}
          acceptValueOnBlur
          key={form.key("scopes")}
          {...form.getInputProps("scopes")}
        />
      </Stack>
    </Sheet>
  );
}
