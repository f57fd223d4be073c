import { Button, Group, SegmentedControl, Select, SimpleGrid, Stack, TagsInput, Text, TextInput, type ComboboxData } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import type { Resource } from "../../../api/types";
import { Card } from "../../../ui/Page";
import { useSubmit } from "../../../ui/form/submit";
import { useExportEvents, useExportProfiles, type Draft } from "./queries";

type Named = Resource<{ name: string | null }>;

interface Sources {
  list: Named[];
  segment: Named[];
  metric: Named[];
}

const DAY = 86_400_000;
const LONGEST = 90;
const dayOf = (moment: number): string => new Date(moment - new Date(moment).getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

/** Choose what, and begin. */
export function NewExport({ sources }: { sources: Sources }) {
  const [kind, setKind] = useState("profiles");
  return (
    <Card
      title="New export"
      aside={
        <SegmentedControl
          aria-label="What to export"
          size="xs"
          value={kind}
          onChange={setKind}
          data={[
            { value: "profiles", label: "Profiles" },
            { value: "events", label: "Events" },
          ]}
        />
      }
    >
      {kind === "profiles" ? <Profiles sources={sources} /> : <Events sources={sources} />}
    </Card>
  );
}

const start = (): Draft => ({
  group: null,
  metric: null,
  start_date: dayOf(Date.now() - 30 * DAY),
  end_date: dayOf(Date.now()),
  properties: [],
});

function Profiles({ sources }: { sources: Sources }) {
  const form = useForm<Draft>({
    initialValues: start(),
    validate: { group: (group) => (group ? null : "Choose a list or segment.") },
  });
  const submission = useSubmit(form, useExportProfiles());
  const groups = [
    { group: "Lists", items: sources.list.map((one) => ({ value: `list:${one.id}`, label: nameOf(one) })) },
    { group: "Segments", items: sources.segment.map((one) => ({ value: `segment:${one.id}`, label: nameOf(one) })) },
  ];
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md" maw={720}>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" style={{ alignItems: "end" }}>
          <Choice label="List or segment" data={groups} field={form.getInputProps("group")} />
          <TagsInput
            label="Only these properties"
            description="Such as email, location.city or one of your own; all where you name none."
            placeholder={form.values.properties.length > 0 ? "" : "All"}
            {...form.getInputProps("properties")}
          />
        </SimpleGrid>
        <End pending={submission.isPending} rest={submission.rest} />
      </Stack>
    </form>
  );
}

function Events({ sources }: { sources: Sources }) {
  const [today] = useState(() => dayOf(Date.now()));
  const form = useForm<Draft>({
    initialValues: start(),
    validate: {
      metric: (metric) => (metric ? null : "Choose what happened."),
      end_date: (end, { start_date }) => spanFault(start_date, end),
    },
  });
  const submission = useSubmit(form, useExportEvents());
  const metrics = sources.metric.map((one) => ({ value: one.id, label: nameOf(one) }));
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md" maw={720}>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" style={{ alignItems: "end" }}>
          <Choice label="Metric" data={metrics} field={form.getInputProps("metric")} />
          <TagsInput
            label="Only these properties"
            description="All where you name none."
            placeholder={form.values.properties.length > 0 ? "" : "All"}
            {...form.getInputProps("properties")}
          />
          <TextInput type="date" label="From" max={today} {...form.getInputProps("start_date")} />
          <TextInput type="date" label="To, this day included" max={today} {...form.getInputProps("end_date")} />
        </SimpleGrid>
        <End pending={submission.isPending} rest={submission.rest} />
      </Stack>
    </form>
  );
}

function spanFault(from: string, to: string): string | null {
  if (!from || !to) return "Choose both days.";
  const days = (Date.parse(to) - Date.parse(from)) / DAY;
  if (days < 0) return "The last day is before the first.";
  return days >= LONGEST ? `An export spans ${LONGEST} days at most. Make several.` : null;
}

function Choice({ label, data, field }: { label: string; data: ComboboxData; field: object }) {
  return <Select label={label} placeholder="Choose one" data={data} searchable nothingFoundMessage="Nothing of that name" {...field} />;
}

function End({ pending, rest }: { pending: boolean; rest: string | null }) {
  return (
    <Group gap="sm">
      <Button type="submit" loading={pending}>
        Make the export
      </Button>
      {rest && (
        <Text size="sm" c="red" role="alert">
          {rest}
        </Text>
      )}
    </Group>
  );
}

const nameOf = ({ id, attributes }: Named): string => attributes.name ?? id;
