import { Button, Popover, Progress, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { addressOf, type Answer } from "../../../api/ask";
import { get, send } from "../../../api/client";
import { useEditor } from "../../../editor/context";
import { announce } from "../../../ui/announce";
import { count } from "../../../ui/format";
import { Problem } from "../../../ui/States";
import { write, type Wire } from "../tree";
import { useRehearsal, type Result } from "./rehearsal";
import { useRoot } from "./whole";

const DAYS = ["7", "30", "90"];
const LOOKS_MS = 700;

interface Wish {
  flow_id: string;
  definition: Wire;
  days: number;
}

/** Goes through the last days with what is drawn, and shows on the drawing what would have come of it. */
export function Rehearse({ flow }: { flow: string }) {
  const editor = useEditor();
  const root = useRoot();
  const { show } = useRehearsal();
  const [isOpen, setIsOpen] = useState(false);
  const [days, setDays] = useState("30");
  const [progress, setProgress] = useState(0);
  const rehearse = useMutation({
    mutationFn: (wish: Wish) => made(wish, setProgress),
    onSuccess: (result, { days, definition }) => {
      show({ result, days, drawn: JSON.stringify(definition) });
      announce(`Rehearsed over ${days} days: ${count(result.entered)} would have entered.`);
      setIsOpen(false);
    },
  });
  const onBegin = () => {
    setProgress(0);
    rehearse.mutate({ flow_id: flow, definition: write(editor.store.getState().document, root).definition, days: Number(days) });
  };
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={320} trapFocus withinPortal shadow="md">
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconPlayerPlay size={15} />} onClick={() => setIsOpen(!isOpen)}>
          Rehearse …
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Rehearse the flow">
        <Stack gap="sm">
          <Text size="sm">Goes through what really happened with the flow as it is drawn here, as if all of it were on. Nothing is sent, and nothing changes for anybody.</Text>
          <SegmentedControl value={days} onChange={setDays} data={DAYS.map((value) => ({ value, label: `${value} days` }))} aria-label="How far back" disabled={rehearse.isPending} />
          {rehearse.error && <Problem error={rehearse.error} retry={onBegin} title="It could not be rehearsed" />}
          {rehearse.isPending && <Progress value={Math.max(progress, 3)} aria-label="Progress of the rehearsal" animated />}
          <Button size="xs" onClick={onBegin} loading={rehearse.isPending}>
            Rehearse the flow
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** The result, once it is made. Throws what the server says against it. */
async function made(attributes: Wish, tell: (progress: number) => void): Promise<Result> {
  let answer: Answer<"get_flow_rehearsal"> = await send("POST", addressOf("create_flow_rehearsal", {}), { type: "flow-rehearsal", attributes });
  for (;;) {
    const { status, progress, result, error } = answer.data.attributes;
    if (status === "complete" && result) return result;
    if (status === "failed") throw new Error(error ?? "It failed.");
    tell(progress);
    await new Promise((go) => setTimeout(go, LOOKS_MS));
    answer = await get(addressOf("get_flow_rehearsal", { path: { id: answer.data.id } }));
  }
}
