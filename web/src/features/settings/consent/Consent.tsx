import { NumberInput, Radio, Skeleton, Stack, Switch } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { Answer } from "../../../api/ask";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { Foot } from "../../../ui/form/Foot";
import type { Opened } from "../../../ui/form/useEdit";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { Texts } from "./Texts";
import { openedOf, useConsent, useFreshConsent, useSaveConsent, type Draft } from "./queries";

export function Consent() {
  const query = useConsent();
  if (query.data)
    return (
      <Stack gap="md">
        <Editor opened={openedOf(query.data)} />
        <Texts />
      </Stack>
    );
  return query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={420} radius="lg" />;
}

const NAMES: Record<string, string> = {
  subscribed_only: "Only people who subscribed",
  opt_in_process: "Sign-ups that name no list",
  minimum_age: "Minimum age",
  global_unsubscribe: "One unsubscribe ends all marketing mail",
  exact_opt_out: "STOP counts only when it is the whole text",
};

function shown(value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return value === "double_opt_in" ? "confirmed by mail" : value === "single_opt_in" ? "at once" : shownValue(value);
}

function Editor({ opened }: { opened: Opened<Draft> }) {
  const form = useForm<Draft>({ initialValues: opened.values });
  const { edit, submission } = useFormEdit<Draft, Answer<"get_consent_settings">>({
    form: form as never,
    opened,
    send: useSaveConsent().mutateAsync,
    fresh: useFreshConsent(),
    openedOf,
  });
  const box = (name: "subscribed_only" | "global_unsubscribe" | "exact_opt_out") => form.getInputProps(name, { type: "checkbox" });
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Changed {...edit} thing="page" nameOf={(field) => NAMES[field] ?? field} shown={shown} overwrite={submission.onSubmit} />
        <Card title="Who gets marketing mail">
          <Switch
            label="Only people who subscribed"
            description="Campaigns and flows leave out whoever was never asked, and their estimates do not count them. The law of the EU, the UK and Switzerland asks for this. Order confirmations and other transactional mail still goes to everybody."
            {...box("subscribed_only")}
          />
        </Card>
        <Card title="How people agree">
          <Stack gap="lg">
            <Radio.Group label="Sign-ups that name no list" {...form.getInputProps("opt_in_process")}>
              <Stack gap="xs" mt={6}>
                <Radio
                  value="double_opt_in"
                  label="Confirmed by mail (double opt-in)"
                  description="A mail with a button is sent first. Nobody is subscribed by a stranger who typed their address."
                />
                <Radio value="single_opt_in" label="At once (single opt-in)" description="Each list can still ask for a confirmation." />
              </Stack>
            </Radio.Group>
            <NumberInput
              label="Minimum age"
              description="In years. Whoever is younger, by the date of birth they give, is not subscribed. Empty: nobody is asked."
              allowDecimal={false}
              min={1}
              max={150}
              maw={320}
              {...form.getInputProps("minimum_age")}
            />
          </Stack>
        </Card>
        <Card title="How people leave">
          <Stack gap="lg">
            <Switch
              label="One unsubscribe ends all marketing mail"
              description="Off: the link in a mail to a single list ends that list alone."
              {...box("global_unsubscribe")}
            />
            <Switch
              label="STOP counts only when it is the whole text"
              description="Off: a text that holds the word anywhere ends consent to texts."
              {...box("exact_opt_out")}
            />
          </Stack>
        </Card>
        <Foot of={submission} label="Save consent rules" />
      </Stack>
    </form>
  );
}
