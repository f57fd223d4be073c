import { Checkbox, Group, NativeSelect, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useEffect } from "react";
import { useLists } from "../../grammar/queries";
import { rowsOf } from "../../api/records";
import { Card } from "../../ui/Page";
import type { Consent, Options } from "./queries";

interface QuestionsProps {
  options: Options;
  onChange: (options: Options) => void;
}

const NEW = "new";

/** Which list the people join, and whether its flows begin for them. */
export function ListQuestion({ options, onChange }: QuestionsProps) {
  const lists = useEveryList();
  const choice = options.new_list !== null && options.new_list !== undefined ? NEW : (options.list_ids?.[0] ?? "");
  const choose = (value: string) =>
    onChange({ ...options, list_ids: value && value !== NEW ? [value] : [], new_list: value === NEW ? "" : null });
  return (
    <Card title="List">
      <Stack gap="sm" maw={520}>
        <NativeSelect
          label="These people join"
          value={choice}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
          data={[{ value: "", label: "No list" }, { value: NEW, label: "A new list" }, ...lists]}
        />
        {choice === NEW && (
          <TextInput
            label="Name of the new list"
            value={options.new_list ?? ""}
            onChange={({ currentTarget }) => onChange({ ...options, new_list: currentTarget.value })}
          />
        )}
        {choice !== "" && (
          <Checkbox
            label="Live flows of this list begin for them"
            description="Leave it off for people who have known you for long: a welcome would surprise them."
            checked={options.start_flows ?? false}
            onChange={({ currentTarget }) => onChange({ ...options, start_flows: currentTarget.checked })}
          />
        )}
      </Stack>
    </Card>
  );
}

function useEveryList() {
  const { data, hasNextPage, isFetchingNextPage, error, fetchNextPage } = useLists();
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !error) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, error, fetchNextPage]);
  return (rowsOf(data) ?? []).map(({ id, attributes }) => ({ value: id, label: attributes.name ?? id }));
}

interface ConsentProps extends QuestionsProps {
  /** Whether a column of the file tells of consent. */
  hasColumns: boolean;
}

/** What the people agreed to. */
export function ConsentQuestion({ options, onChange, hasColumns }: ConsentProps) {
  const { consent } = options;
  const set = (change: Partial<Consent>) => onChange({ ...options, consent: { ...consent, ...change } as NonNullable<Consent> });
  const status = consent?.status === "from_columns" && !hasColumns ? "unchanged" : (consent?.status ?? "unchanged");
  return (
    <Card title="Consent">
      <Stack gap="md" maw={620}>
        <Radio.Group
          label="What these people agreed to"
          description="Nobody is written to because of this. Who said no since then stays unsubscribed."
          value={status}
          onChange={(value) => set({ status: value as NonNullable<Consent>["status"] })}
        >
          <Stack gap="xs" mt="sm">
            {hasColumns && <Radio value="from_columns" label="What the file's columns of consent say" />}
            <Radio value="unchanged" label="Nothing: leave their consent as it is" />
            <Radio value="subscribed" label="They subscribed" />
            <Radio value="unsubscribed" label="They unsubscribed" />
            <Radio value="suppressed" label="They must get no e-mail marketing: suppress their addresses" />
          </Stack>
        </Radio.Group>
        {(status === "subscribed" || status === "unsubscribed") && <Channels value={consent?.channels ?? []} onChange={(channels) => set({ channels })} />}
        {status === "subscribed" && (
          <Group align="flex-start" grow>
            <TextInput
              type="date"
              label="When they agreed"
              max={new Date().toISOString().slice(0, 10)}
              value={(consent?.consented_at ?? "").slice(0, 10)}
              onChange={({ currentTarget }) => set({ consented_at: currentTarget.value ? `${currentTarget.value}T00:00:00+00:00` : null })}
            />
            <TextInput
              label="Where they agreed"
              placeholder="Sign-up form of our old shop"
              value={consent?.source ?? ""}
              onChange={({ currentTarget }) => set({ source: currentTarget.value })}
            />
          </Group>
        )}
      </Stack>
    </Card>
  );
}

function Channels({ value, onChange }: { value: ("email" | "sms")[]; onChange: (value: ("email" | "sms")[]) => void }) {
  return (
    <Checkbox.Group label="To" value={value} onChange={(next) => onChange(next as ("email" | "sms")[])}>
      <Group mt={6}>
        <Checkbox value="email" label="E-mail" />
        <Checkbox value="sms" label="SMS" />
      </Group>
    </Checkbox.Group>
  );
}

/** What happened, where no column says so. */
export function MetricQuestion({ options, onChange }: QuestionsProps) {
  return (
    <Card title="Event">
      <TextInput
        maw={420}
        label="What happened"
        description="The event that each row becomes, unless a column says it."
        placeholder="Placed Order"
        value={options.metric ?? ""}
        onChange={({ currentTarget }) => onChange({ ...options, metric: currentTarget.value || null })}
      />
    </Card>
  );
}

/** Where telephone numbers without a country code are from. */
export function CountryQuestion({ options, onChange }: QuestionsProps) {
  return (
    <Card title="Telephone numbers">
      <Stack gap={6} maw={420}>
        <TextInput
          label="Country of numbers without +…"
          placeholder="Switzerland, or CH"
          value={options.country ?? ""}
          onChange={({ currentTarget }) => onChange({ ...options, country: currentTarget.value || null })}
        />
        <Text size="xs" c="dimmed">
          Empty: the country in each row, where there is such a column.
        </Text>
      </Stack>
    </Card>
  );
}
