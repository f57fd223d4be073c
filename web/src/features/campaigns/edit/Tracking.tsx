import { ActionIcon, Anchor, Button, Group, NativeSelect, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { KNOWN_AT_SENDING } from "../../settings";
import type { Draft } from "./document";
import type { PartProps } from "./parts";
import { Section } from "./Section";

const UTM = [
  { value: "account", label: "As the account has it" },
  { value: "yes", label: "Add them" },
  { value: "own", label: "Add this campaign’s own" },
  { value: "no", label: "Leave links as they are" },
];

export function Tracking({ draft, change, fault }: PartProps) {
  const [isOwn, setIsOwn] = useState(draft.utm.length > 0);
  const kept = draft.add_utm === null ? "account" : draft.add_utm ? "yes" : "no";
  const utm = isOwn && kept === "yes" ? "own" : kept;
  const choose = (choice: string) => {
    setIsOwn(choice === "own");
    change({ add_utm: choice === "account" ? null : choice !== "no", utm: choice === "own" ? whole(FIRST) : [] }, true);
  };
  return (
    <Section name="tracking" title="What is followed">
      <Stack gap="md">
        <Switch
          label="Opens"
          checked={draft.track_opens}
          onChange={({ currentTarget }) => change({ track_opens: currentTarget.checked }, true)}
        />
        <Switch
          label="Clicks"
          checked={draft.track_clicks}
          onChange={({ currentTarget }) => change({ track_clicks: currentTarget.checked }, true)}
        />
        <NativeSelect
          label="Parameters of links (UTM)"
          data={UTM}
          value={utm}
          maw={320}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
        />
        {utm === "own" ? (
          <Own of={draft.utm} change={(own) => change({ utm: own })} fault={fault("utm")} />
        ) : (
          <Text size="sm" c="dimmed">
            Which they are is set{" "}
            <Anchor component={Link} to="/settings/tracking" inherit underline="always">
              for the whole account
            </Anchor>
            .
          </Text>
        )}
      </Stack>
    </Section>
  );
}

type Parameter = Draft["utm"][number];

const TEXT = "";
const VALUES = [{ value: TEXT, label: "This text" }, ...Object.entries(KNOWN_AT_SENDING.campaign).map(([value, label]) => ({ value, label }))];
const MOST = 10;
const FIRST: Parameter[] = [
  { name: "utm_source", type: "static", value: "" },
  { name: "utm_medium", type: "static", value: "email" },
  { name: "utm_campaign", type: "dynamic", value: "campaign_name" },
];

const whole = (rows: Parameter[]) => rows.filter(({ name, value }) => name.trim() && value.trim());

/** What is half written stays here; what has a name and a value is the campaign's. */
function Own({ of, change, fault }: { of: Parameter[]; change: (own: Parameter[]) => void; fault: string | undefined }) {
  const [rows, setRows] = useState(of.length > 0 ? of : FIRST);
  const put = (next: Parameter[]) => {
    setRows(next);
    change(whole(next));
  };
  const set = (place: number, fields: Partial<Parameter>) => put(rows.map((row, at) => (at === place ? { ...row, ...fields } : row)));
  return (
    <Stack gap="sm" role="group" aria-label="Parameters of this campaign">
      {rows.map((row, place) => {
        const words = row.name || `parameter ${place + 1}`;
        return (
          <Group key={place} gap="xs" wrap="wrap" align="flex-end">
            <TextInput aria-label={`Name of ${words}`} placeholder="utm_source" value={row.name} flex="1 1 130px" maw={180} onChange={({ currentTarget }) => set(place, { name: currentTarget.value.replace(/\s/g, "") })} />
            <NativeSelect
              aria-label={`What ${words} is`}
              data={VALUES}
              value={row.type === "dynamic" ? row.value : TEXT}
              flex="1 1 170px"
              maw={240}
              onChange={({ currentTarget: { value } }) => set(place, value === TEXT ? { type: "static", value: "" } : { type: "dynamic", value })}
            />
            {row.type === "static" && <TextInput aria-label={`Text of ${words}`} placeholder="newsletter" value={row.value} flex="1 1 130px" maw={220} onChange={({ currentTarget }) => set(place, { value: currentTarget.value })} />}
            <ActionIcon variant="subtle" color="gray" size={36} aria-label={`Remove ${words}`} onClick={() => put(rows.filter((_, at) => at !== place))}>
              <IconTrash size={17} />
            </ActionIcon>
          </Group>
        );
      })}
      {fault && (
        <Text size="sm" c="red" role="alert">
          {fault}
        </Text>
      )}
      {rows.length < MOST && (
        <Button variant="default" size="xs" w="fit-content" leftSection={<IconPlus size={15} />} onClick={() => setRows([...rows, { name: "", type: "static", value: "" }])}>
          Add a parameter
        </Button>
      )}
      <Text size="sm" c="dimmed">
        These stand instead of the account’s, unless there are none. What has no value is left out; a link’s own parameters always stay.
      </Text>
    </Stack>
  );
}
