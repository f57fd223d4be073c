import { Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { announce } from "../../ui/announce";
import { Picker } from "../../ui/form/Picker";
import { Sheet } from "../../ui/form/Sheet";
import { count } from "../../ui/format";
import { useAddToList } from "../profiles";
import { addressesIn } from "./addresses";
import { useAddAddresses } from "./queries";

/** People onto a list: one who is looked for, and any number of pasted addresses. */
export function AddPeople({ id, name, close }: { id: string; name: string; close: () => void }) {
  const [person, setPerson] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const add = useAddToList();
  const paste = useAddAddresses(id);
  const { addresses, unread } = addressesIn(text);
  const send = async () => {
    if (person) await add.mutateAsync({ list: id, people: [person] });
    const job = addresses.length > 0 ? await paste.mutateAsync(addresses) : undefined;
    const failed = job?.failed_count ?? 0;
    const number = addresses.length - failed + (person ? 1 : 0);
    announce(`${count(number)} ${number === 1 ? "person" : "people"} added to ${name}.`);
    if (failed > 0) setProblem(`${count(failed)} of the addresses could not be added: the server took them for no e-mail address.`);
    else close();
  };
  const submit = () => {
    setProblem(null);
    if (unread.length > 0) setProblem(`This is no e-mail address: ${unread.slice(0, 3).join(" · ")}${unread.length > 3 ? ` and ${unread.length - 3} more` : ""}. Mend it or take it out.`);
    else if (!person && addresses.length === 0) setProblem("Choose somebody, or paste at least one address.");
    // shown from the mutations themselves
    else send().catch(() => undefined);
  };
  return (
    <Sheet
      opened
      close={close}
      title={`Add people to ${name}`}
      action="Add to the list"
      onSubmit={submit}
      pending={add.isPending || paste.isPending}
      error={add.error ?? paste.error}
    >
      <Text size="sm">A list alone gives no consent: who never agreed gets no marketing by being on it.</Text>
      <Picker kind="profile" label="Somebody who is known" placeholder="Name, e-mail address, phone or ID" value={person} onChange={setPerson} />
      <Textarea
        label="E-mail addresses"
        description="Paste them, one a line or by commas. Who is not known yet becomes a profile."
        placeholder={"ann@example.com\nbob@example.com"}
        autosize
        minRows={4}
        maxRows={12}
        value={text}
        error={problem}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      {addresses.length > 0 && (
        <Text size="sm" c="dimmed" role="status">
          {count(addresses.length)} {addresses.length === 1 ? "address" : "addresses"}
        </Text>
      )}
    </Sheet>
  );
}
