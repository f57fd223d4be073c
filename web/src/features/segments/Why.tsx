import { Button, Drawer, Group, Skeleton, Text, TextInput } from "@mantine/core";
import { IconHelpCircle, IconSearch } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link } from "react-router";
import { findProfile, useProfile } from "../profiles";
import { useExplanation } from "./queries";
import { useAddress } from "../../ui/address";
import { Card } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { Explanation } from "./Explanation";
import { handleOf } from "../profiles";

/** The person who is explained is kept in the address under this name, so that the answer can be sent to somebody. */
const NAME = "why";

export function WhyButton({ profile }: { profile: string }) {
  const [, ask] = useAddress(NAME);
  return (
    <Button variant="subtle" size="compact-sm" onClick={() => ask(profile)}>
      Why?
    </Button>
  );
}

/** For anybody, in it or not. */
export function WhySomebody() {
  const [, ask] = useAddress(NAME);
  const [text, setText] = useState("");
  const client = useQueryClient();
  const search = useMutation({ mutationFn: (text: string) => findProfile(client, text), onSuccess: (found) => found && ask(found.id) });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) search.mutate(text.trim());
  };
  const unknown = search.isSuccess && !search.data && "Nobody is found by this. It must be the whole address, number or ID.";
  return (
    <Card title="Why is somebody in it, or not?">
      <form onSubmit={onSubmit}>
        <Group gap="xs" align="flex-start">
          <TextInput
            aria-label="E-mail address, phone or ID"
            placeholder="E-mail address, phone or ID"
            leftSection={<IconSearch size={16} />}
            value={text}
            onChange={({ currentTarget }) => {
              search.reset();
              setText(currentTarget.value);
            }}
            error={search.error?.message ?? unknown}
            flex="1 1 220px"
            maw={420}
          />
          <Button type="submit" variant="default" leftSection={<IconHelpCircle size={16} />} loading={search.isPending}>
            Explain
          </Button>
        </Group>
      </form>
    </Card>
  );
}

export function WhyDrawer({ segment }: { segment: string }) {
  const [profile, ask] = useAddress(NAME);
  return (
    <Drawer opened={profile !== ""} onClose={() => ask(null)} title="Why?" position="right" size="lg">
      {profile && <Answer segment={segment} profile={profile} />}
    </Drawer>
  );
}

function Answer({ segment, profile }: { segment: string; profile: string }) {
  const query = useExplanation(segment, profile);
  const person = useProfile(profile).data?.data;
  const explained = query.data?.data.attributes;
  return (
    <>
      <Text fw={600} mb="sm">
        <Link to={`/profiles/${profile}`}>{person ? handleOf(person) : profile}</Link>
      </Text>
      {explained && <Explanation of={explained} />}
      {!explained && query.error && <Problem error={query.error} retry={query.refetch} title="This can’t be explained" />}
      {!explained && !query.error && <Skeleton height={240} radius="lg" />}
    </>
  );
}
