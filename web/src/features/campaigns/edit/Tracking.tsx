import { Anchor, NativeSelect, Stack, Switch, Text } from "@mantine/core";
import { Link } from "react-router";
import type { PartProps } from "./parts";
import { Section } from "./Section";

const UTM = [
  { value: "account", label: "As the account has it" },
  { value: "yes", label: "Add them" },
  { value: "no", label: "Leave links as they are" },
];

export function Tracking({ draft, change }: PartProps) {
  const utm = draft.add_utm === null ? "account" : draft.add_utm ? "yes" : "no";
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
          onChange={({ currentTarget }) => change({ add_utm: currentTarget.value === "account" ? null : currentTarget.value === "yes" }, true)}
        />
        <Text size="sm" c="dimmed">
          Which they are is set{" "}
          <Anchor component={Link} to="/settings/tracking" inherit underline="always">
            for the whole account
          </Anchor>
          .
        </Text>
      </Stack>
    </Section>
  );
}
