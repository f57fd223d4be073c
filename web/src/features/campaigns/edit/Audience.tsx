import { Anchor, MultiSelect, Stack, Switch, Text } from "@mantine/core";
import { Link } from "react-router";
import { useAll } from "../../../grammar/builder/pickers";
import { useLists, useSegments } from "../../../grammar/queries";
import type { PartProps } from "./parts";
import { Section } from "./Section";

/** Lists and segments in and out. */
export function Audience({ draft, change, fault }: PartProps) {
  const groups = useGroups([...draft.included, ...draft.excluded]);
  const none = groups.every(({ items }) => items.length === 0);
  return (
    <Section name="audience" title="Who gets it">
      <Stack gap="md">
        {none && (
          <Text size="sm">
            There are no lists or segments yet.{" "}
            <Anchor component={Link} to="/audiences" inherit underline="always">
              Make a list or import people
            </Anchor>{" "}
            first; what you wrote here is kept.
          </Text>
        )}
        <MultiSelect
          label="Goes to"
          description="Everybody who is in at least one of these."
          placeholder={draft.included.length === 0 ? "Choose lists and segments" : ""}
          data={groups}
          value={draft.included}
          onChange={(included) => change({ included }, true)}
          error={fault("included") ?? fault("audiences")}
          searchable
          clearable
          nothingFoundMessage="Nothing of that name."
          clearButtonProps={{ "aria-label": "Take all off" }}
        />
        <MultiSelect
          label="Not to"
          description="Whoever is in one of these does not get it."
          placeholder={draft.excluded.length === 0 ? "Nobody is left out" : ""}
          data={groups}
          value={draft.excluded}
          onChange={(excluded) => change({ excluded }, true)}
          error={fault("excluded")}
          searchable
          clearable
          nothingFoundMessage="Nothing of that name."
          clearButtonProps={{ "aria-label": "Leave nobody out" }}
        />
        <Switch
          label="Smart sending"
          description="Pass over people who got another message in the last hours."
          checked={draft.smart_sending}
          onChange={({ currentTarget }) => change({ smart_sending: currentTarget.checked }, true)}
        />
      </Stack>
    </Section>
  );
}

/** All there are, by kind; what is chosen and gone stays until it is taken off. */
function useGroups(chosen: string[]) {
  const groups = [
    { group: "Lists", items: useAll(useLists()).map(optionOf) },
    { group: "Segments", items: useAll(useSegments()).map(optionOf) },
  ];
  const known = new Set(groups.flatMap(({ items }) => items.map(({ value }) => value)));
  const others = [...new Set(chosen)].filter((id) => !known.has(id));
  return others.length > 0 ? [...groups, { group: "Others", items: others.map((value) => ({ value, label: value })) }] : groups;
}

function optionOf({ id, attributes }: { id: string; attributes: { name: string | null } }) {
  return { value: id, label: attributes.name ?? id };
}
