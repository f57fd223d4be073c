import { Text } from "@mantine/core";
import { useState } from "react";
import { inParts } from "../../api/parts";
import { announce } from "../../ui/announce";
import { Picker } from "../../ui/form/Picker";
import { Sheet } from "../../ui/form/Sheet";
import { MOST, useAddToList } from "./queries";

/** Ids of people, onto a list. */
export function AddToList({ people, close }: { people: string[]; close: () => void }) {
  const [list, setList] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [missing, setMissing] = useState(false);
  const add = useAddToList();
  const submit = () => {
    setMissing(list === null);
    if (list === null) return;
    inParts(people, MOST.members, (part) => add.mutateAsync({ list, people: part })).then(
      () => {
        announce(`${people.length === 1 ? "Added" : `${people.length} people added`} to ${name}.`);
        close();
      },
      // shown from the mutation itself
      () => undefined,
    );
  };
  return (
    <Sheet
      opened
      close={close}
      title={people.length === 1 ? "Add to a list" : `Add ${people.length} people to a list`}
      action="Add to the list"
      onSubmit={submit}
      pending={add.isPending}
      error={add.error}
    >
      <Text size="sm">A list alone gives no consent: who never agreed gets no marketing by being on it.</Text>
      <Picker
        kind="list"
        label="List"
        placeholder="Search lists"
        value={list}
        error={missing ? "Choose a list." : null}
        onChange={(id, label) => {
          setList(id);
          setName(label);
        }}
      />
    </Sheet>
  );
}
