import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconDownload, IconSearch, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { announce } from "../../../ui/announce";
import { Confirm } from "../../../ui/Confirm";
import { Offered } from "../../../ui/Offered";
import { useOnce } from "../../../ui/once";
import { Card } from "../../../ui/Page";
import { everythingOf, findProfile, handleOf, nameOf } from "../../profiles";
import { namedBy, useDelete, type Named } from "./queries";

/** Finds a person, who can then be handed their data, or be deleted. */
export function OnePerson() {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const client = useQueryClient();
  const search = useMutation({ mutationFn: (typed: string) => findProfile(client, typed) });
  const find = () => {
    const isNamed = namedBy(text) !== undefined;
    setProblem(isNamed ? null : "Write an e-mail address, a phone number with its country's code, or the id of a profile.");
    if (isNamed) search.mutate(text);
  };
  return (
    <Card title="One person">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          find();
        }}
        noValidate
      >
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            Everybody may ask what you hold of them, and that it is deleted.
          </Text>
          <Group gap="sm" align="flex-start">
            <TextInput
              aria-label="E-mail address, phone number or profile id"
              placeholder="ann@example.com, +49 30 123456 …"
              value={text}
              error={problem}
              onChange={({ currentTarget }) => {
                setText(currentTarget.value);
                search.reset();
              }}
              w={340}
              maw="100%"
            />
            <Button type="submit" variant="default" leftSection={<IconSearch size={16} />} loading={search.isPending}>
              Find the person
            </Button>
          </Group>
          <div role="status">
            {search.error && (
              <Text size="sm" c="red">
                {search.error.message}
              </Text>
            )}
            {search.isSuccess && <Found profile={search.data} typed={text} done={search.reset} />}
          </div>
        </Stack>
      </form>
    </Card>
  );
}

interface FoundProps {
  profile: Awaited<ReturnType<typeof findProfile>>;
  typed: string;
  done: () => void;
}

function Found({ profile, typed, done }: FoundProps) {
  const [isAsking, setAsking] = useState(false);
  const name = profile ? nameOf(profile.attributes) || handleOf(profile) : typed.trim();
  const named: Named | undefined = profile ? { id: profile.id } : namedBy(typed);
  return (
    <Group gap="sm">
      {profile ? (
        <Text size="sm" fw={600} component={Link} to={`/profiles/${profile.id}`}>
          {name}
        </Text>
      ) : (
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          There is no profile of {name}. A sign-up that waits to be confirmed can be deleted all the same.
        </Text>
      )}
      {profile && (
        <Offered by="export_profile_data">
          <Button component="a" href={everythingOf(profile.id)} download size="xs" variant="default" leftSection={<IconDownload size={15} />}>
            Download all that is held
          </Button>
        </Offered>
      )}
      <Offered by="request_profile_deletion">
        <Button size="xs" variant="light" color="red" leftSection={<IconTrash size={15} />} onClick={() => setAsking(true)}>
          Delete …
        </Button>
      </Offered>
      {isAsking && named && <Delete name={name} named={named} close={() => setAsking(false)} done={done} />}
    </Group>
  );
}

function Delete({ name, named, close, done }: { name: string; named: Named; close: () => void; done: () => void }) {
  const once = useOnce();
  const remove = useDelete();
  const asked = () => {
    announce(`${name} is being deleted.`);
    done();
  };
  return (
    <Confirm
      opened
      close={close}
      title={`Delete ${name}?`}
      action={`Delete ${name}`}
      onConfirm={() => once((again) => remove.mutate(named, { onSuccess: asked, onError: again }))}
      pending={remove.isPending}
      error={remove.error}
    >
      The person goes with their events, messages and consent, and nothing brings them back. What was counted in reports stays.
    </Confirm>
  );
}
