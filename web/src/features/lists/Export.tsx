import { Progress, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { announce } from "../../ui/announce";
import { Sheet } from "../../ui/form/Sheet";
import { count } from "../../ui/format";
import { csvOf } from "./csv";
import { everyMember } from "./queries";

/** The members with their consent as a file, made in the browser page by page. */
export function Export({ id, name, number, close }: { id: string; name: string; number: number; close: () => void }) {
  const [done, setDone] = useState(0);
  const stop = useRef<AbortController | null>(null);
  const write = useMutation({
    mutationFn: async () => {
      stop.current = new AbortController();
      const members = await everyMember(id, setDone, stop.current.signal);
      download(`${name}.csv`, csvOf(members));
      return members.length;
    },
    onSuccess: (written) => {
      announce(`${count(written)} members exported.`);
      close();
    },
  });
  const leave = () => {
    stop.current?.abort();
    close();
  };
  return (
    <Sheet opened close={leave} title={`Export ${name}`} action="Export as CSV" onSubmit={() => write.mutate()} pending={write.isPending} error={write.error}>
      <Text size="sm">
        One line for each of the {count(number)} members: who they are, when they joined, and what they agreed to on each channel.
      </Text>
      {write.isPending && <Progress value={number > 0 ? (100 * done) / number : 0} aria-label={`${count(done)} of ${count(number)} members`} />}
    </Sheet>
  );
}

function download(file: string, text: string) {
  // a mark at the beginning tells spreadsheets that it is UTF-8
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: file.replace(/[/\\:*?"<>|]/g, " ") });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
