import { NumberInput, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import type { Answer } from "../../../api/ask";
import { useMay } from "../../../api/session";
import { Confirm } from "../../../ui/Confirm";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { Foot } from "../../../ui/form/Foot";
import { useFormEdit } from "../../../ui/form/useFormEdit";
import { count } from "../../../ui/format";
import { Card } from "../../../ui/Page";
import { Problem } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { openedRule, useFreshRetention, useRetention, useSaveRetention, type RuleDraft } from "./queries";

export function Retention() {
  const query = useRetention();
  return (
    <Card title="How long events are kept">
      {query.data ? (
        <Editor document={query.data} />
      ) : query.error ? (
        <Problem error={query.error} retry={query.refetch} />
      ) : (
        <Skeleton height={180} radius="md" />
      )}
    </Card>
  );
}

function Editor({ document }: { document: Answer<"get_data_retention"> }) {
  const rule = document.data.attributes;
  const form = useForm<RuleDraft>({ initialValues: openedRule(document).values });
  const [isAsking, setAsking] = useState(false);
  const { edit, submission } = useFormEdit<RuleDraft, Answer<"get_data_retention">>({
    form,
    opened: openedRule(document),
    send: useSaveRetention().mutateAsync,
    fresh: useFreshRetention(),
    openedOf: openedRule,
  });
  const may = useMay("update_data_retention");
  const { all_months: all, anonymous_months: anonymous } = form.values;
  const submit = () => {
    if (all === "" && anonymous === "") submission.onSubmit();
    else setAsking(true);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      noValidate
    >
      <Stack gap="md">
        <Changed
          {...edit}
          thing="rule"
          nameOf={(field) => (field === "all_months" ? EVERYBODY : UNKNOWN)}
          shown={(value) => (typeof value === "number" ? monthsOf(value) : shownValue(value))}
          overwrite={submit}
        />
        <Text size="sm" c="dimmed">
          Older events are deleted at the beginning of each month. The totals of campaigns and flows stay as they are; segments and reports that look at
          single events no longer find them.
        </Text>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" maw={720} style={{ alignItems: "end" }}>
          <Months label={UNKNOWN} description="Months. Of them there is no address, number or external id. Empty: for ever." may={may} field={form.getInputProps("anonymous_months")} />
          <Months label={EVERYBODY} description="Months. Empty: for ever." may={may} field={form.getInputProps("all_months")} />
        </SimpleGrid>
        <Text size="sm">
          {rule.deleted_events === 0 ? (
            "No event was deleted so far."
          ) : (
            <>
              {rule.deleted_events === 1 ? "1 event was" : `${count(rule.deleted_events)} events were`} deleted so far
              {rule.last_deleted && (
                <>
                  , the last <Time at={rule.last_deleted} />
                </>
              )}
              .
            </>
          )}
        </Text>
        {may && <Foot of={submission} label="Save how long" />}
      </Stack>
      {isAsking && (
        <Confirm
          opened
          close={() => setAsking(false)}
          title="Delete older events?"
          action="Save and delete them"
          onConfirm={() => {
            setAsking(false);
            submission.onSubmit();
          }}
          pending={submission.isPending}
          error={null}
        >
          {anonymous !== "" && <p>What people did who are not known goes after {monthsOf(anonymous)}.</p>}
          {all !== "" && <p>What anybody did goes after {monthsOf(all)}.</p>}
          <p>It begins now, and nothing brings these events back.</p>
        </Confirm>
      )}
    </form>
  );
}

const UNKNOWN = "Of people who are not known";
const EVERYBODY = "Of everybody";

const monthsOf = (months: number): string => (months === 1 ? "one month" : `${months} months`);

function Months({ label, description, may, field }: { label: string; description: string; may: boolean; field: object }) {
  return <NumberInput label={label} description={description} allowDecimal={false} allowNegative={false} min={1} max={120} readOnly={!may} {...field} />;
}
