import { Checkbox, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { inParts } from "../../api/parts";
import { announce } from "../../ui/announce";
import { Picker } from "../../ui/form/Picker";
import { Sheet } from "../../ui/form/Sheet";
import { MOST, useSubscribe, useUnsubscribe, type Channel, type Person } from "./queries";

interface ConsentFormProps {
  people: Person[];
  close: () => void;
}

const CHANNELS: [Channel, string, (person: Person) => string | null][] = [
  ["email", "E-mail marketing", ({ email }) => email],
  ["sms", "SMS marketing", ({ phone_number }) => phone_number],
];

/** Who has an address on every channel that is meant. */
const reachable = (people: Person[], channels: Channel[]) =>
  people.filter((person) => CHANNELS.every(([channel, , address]) => !channels.includes(channel) || address(person)));

function useChannels(people: Person[]) {
  const possible = CHANNELS.filter(([, , address]) => people.some(address)).map(([channel]) => channel);
  const [channels, setChannels] = useState<Channel[]>(possible.slice(0, 1));
  const box = ([channel, label, address]: (typeof CHANNELS)[number]) => (
    <Checkbox
      key={channel}
      label={people.length === 1 && people[0] && address(people[0]) ? `${label}, ${address(people[0]) ?? ""}` : label}
      checked={channels.includes(channel)}
      disabled={!possible.includes(channel)}
      onChange={({ currentTarget }) => setChannels(currentTarget.checked ? [...channels, channel] : channels.filter((other) => other !== channel))}
    />
  );
  return { channels, boxes: <Stack gap="xs">{CHANNELS.map(box)}</Stack> };
}

const words = (people: Person[]) => (people.length === 1 ? (people[0]?.email ?? people[0]?.phone_number ?? "this person") : `${people.length} people`);

/** Consent is what somebody else has given: what is sent here says so, and where. */
export function Subscribe({ people, close }: ConsentFormProps) {
  const { channels, boxes } = useChannels(people);
  const [list, setList] = useState<string | null>(null);
  const [source, setSource] = useState("");
  const subscribe = useSubscribe();
  const [missing, setMissing] = useState<Error | null>(null);
  const submit = () => {
    if (channels.length === 0) return setMissing(new Error("Choose at least one channel."));
    setMissing(null);
    const said = { channels, list, source: source.trim() };
    inParts(reachable(people, channels), MOST.consents, (part) => subscribe.mutateAsync({ people: part, ...said })).then(
      () => {
        announce(`Recorded for ${words(people)}. With double opt-in it counts once it is confirmed.`);
        close();
      },
      // shown from the mutation itself
      () => undefined,
    );
  };
  return (
    <Sheet opened close={close} title={`Subscribe ${words(people)}`} action="Record the consent" onSubmit={submit} pending={subscribe.isPending} error={missing ?? subscribe.error}>
      <Text size="sm">Record only what the person has said yes to. With double opt-in, e-mail waits until they follow the link that is sent to them now.</Text>
      {boxes}
      <Picker kind="list" label="To a list" description="Optional; its opt-in process counts." placeholder="Search lists" value={list} onChange={setList} />
      <TextInput label="Where it was given" description="Kept with the consent, as its proof." placeholder="At the till, 12 March" value={source} onChange={({ currentTarget }) => setSource(currentTarget.value)} />
    </Sheet>
  );
}

export function Unsubscribe({ people, close }: ConsentFormProps) {
  const { channels, boxes } = useChannels(people);
  const [list, setList] = useState<string | null>(null);
  const unsubscribe = useUnsubscribe();
  const [missing, setMissing] = useState<Error | null>(null);
  const submit = () => {
    if (channels.length === 0) return setMissing(new Error("Choose at least one channel."));
    setMissing(null);
    inParts(reachable(people, channels), MOST.consents, (part) => unsubscribe.mutateAsync({ people: part, channels, list })).then(
      () => {
        announce(`${words(people)} ${people.length === 1 ? "is" : "are"} unsubscribed.`);
        close();
      },
      () => undefined,
    );
  };
  return (
    <Sheet opened close={close} title={`Unsubscribe ${words(people)}`} action="Unsubscribe" onSubmit={submit} pending={unsubscribe.isPending} error={missing ?? unsubscribe.error} grave>
      <Text size="sm">They get no marketing on these channels until they agree again.</Text>
      {boxes}
      <Picker kind="list" label="From one list only" description="Optional; without one, from everything." placeholder="Search lists" value={list} onChange={setList} />
    </Sheet>
  );
}
