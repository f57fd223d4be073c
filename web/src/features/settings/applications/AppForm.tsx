import { Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { Resource } from "../../../api/types";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { Sheet } from "../../../ui/form/Sheet";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { openedOf, useFreshApp, useSaveApp, type App, type Document, type Draft } from "./queries";

const NAMES: Record<string, string> = { name: "Name", redirect_uris: "Redirect URIs", scopes: "Scopes" };

interface AppFormProps {
  /** None: a new one. */
  of: Document | null;
  close: () => void;
  onMade: (app: Resource<App>) => void;
}

export function AppForm({ of, close, onMade }: AppFormProps) {
  const opened = of && openedOf(of);
  const form = useForm<Draft>({ mode: "uncontrolled", initialValues: opened?.values ?? { name: "", redirect_uris: "", scopes: [] } });
  const { edit, submission } = useFormEdit<Draft, Document>({
    form,
    opened,
    send: useSaveApp(of?.data.id).mutateAsync,
    fresh: useFreshApp(of?.data.id ?? ""),
    openedOf,
    done: ({ data }) => {
      close();
      if (!of) onMade(data);
    },
  });
  return (
    <Sheet
      opened
      close={close}
      title={of ? "Edit the application" : "Register an application"}
      action={of ? "Save the application" : "Register the application"}
      onSubmit={submission.onSubmit}
      pending={submission.isPending}
      error={submission.rest === null ? null : new Error(submission.rest)}
    >
      <Stack gap="md">
        <Changed
          {...edit}
          thing="application"
          nameOf={(field) => NAMES[field] ?? field}
          shown={(value) => (typeof value === "string" ? shownValue(value.split("\n").join(", ")) : shownValue(value))}
          overwrite={submission.onSubmit}
        />
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
