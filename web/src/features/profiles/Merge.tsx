import { List, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Profile, Resource } from "../../api/types";
import { announce } from "../../ui/announce";
import { Picker } from "../../ui/form/Picker";
import { Sheet } from "../../ui/form/Sheet";
import { flatOfProfile } from "./fields";
import { outcomeOf, type Outcome } from "./merging";
import { useMerge, useProfile, useRefresh } from "./queries";
import { handleOf, nameOf } from "./Table";

type One = Resource<Profile>;

const called = (one: One) => {
  const name = nameOf(one.attributes);
  return name ? `${name}, ${handleOf(one)}` : handleOf(one);
};

/** Two profiles of one person become one: which stays is chosen, and what happens is said, before it is done. */
export function Merge({ profile, close }: { profile: One; close: () => void }) {
  const [otherId, setOtherId] = useState<string | null>(null);
  const [stays, setStays] = useState<"this" | "other">("this");
  const [missing, setMissing] = useState(false);
  const other = useProfile(otherId ?? "", otherId !== null).data?.data;
  const merge = useMerge();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const [into, source] = stays === "this" ? [profile, other] : [other, profile];
  const submit = () => {
    setMissing(!other);
    if (!into || !source) return;
    merge.mutate(
      { into: into.id, source: source.id },
      {
        onSuccess: () => {
          announce(`${handleOf(source)} was merged into ${handleOf(into)}.`);
          close();
          void navigate(`/profiles/${into.id}`);
          void refresh(into.id);
        },
      },
    );
  };
  return (
    <Sheet
      opened
      close={close}
      title={`Merge ${handleOf(profile)} with another profile`}
      action={into && source ? `Merge into ${handleOf(into)}` : "Merge the two"}
      onSubmit={submit}
      pending={merge.isPending}
      error={merge.error}
      grave
    >
      <Picker
        kind="profile"
        label="The other profile"
        placeholder="Name, e-mail address, phone or ID"
        value={otherId}
        but={profile.id}
        error={missing ? "Choose the other profile." : null}
        onChange={setOtherId}
      />
      {other && (
        <Radio.Group label="Which one stays" value={stays} onChange={(value) => setStays(value as "this" | "other")}>
          <Stack gap="xs" mt={6}>
            <Radio value="this" label={called(profile)} />
            <Radio value="other" label={called(other)} />
          </Stack>
        </Radio.Group>
      )}
      {into && source && <Happens into={into} source={source} outcome={outcomeOf(flatOfProfile(into.attributes), flatOfProfile(source.attributes))} />}
    </Sheet>
  );
}

function Happens({ into, source, outcome: { filled, lost } }: { into: One; source: One; outcome: Outcome }) {
  const pairs = (rows: Outcome["filled"]) => rows.map(([label, value]) => `${label} “${value}”`).join(", ");
  return (
    <div role="group" aria-label="What happens">
      <Text size="sm" fw={600} mb={4}>
        What happens
      </Text>
      <List size="sm" spacing={4}>
        <List.Item>
          All events, messages, lists and consent of {handleOf(source)} go to {handleOf(into)}.
        </List.Item>
        {filled.length > 0 && <List.Item>Taken over: {pairs(filled)}.</List.Item>}
        {lost.length > 0 && <List.Item>Given up, because the other has its own: {pairs(lost)}.</List.Item>}
        <List.Item>The ID of {handleOf(source)} leads to {handleOf(into)} from then on. Nothing parts them again.</List.Item>
      </List>
    </div>
  );
}
