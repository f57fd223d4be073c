/** What every editor has in its bar: whether it is saved, a step back and forth; and the keys for them. */

import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp } from "@tabler/icons-react";
import { useEffect } from "react";
import { announce } from "../ui/announce";
import { useEditorState } from "./context";
import type { Editor } from "./editor";
import type { SavingState } from "./save";

const SAVED: Record<SavingState, string> = {
  saved: "Saved",
  changed: "Not saved yet",
  saving: "Saving …",
  away: "Not saved: the server is away. Your changes are kept in this browser.",
  refused: "Not saved: see below",
  conflict: "Not saved: see below",
};

/** `words`: on the button. */
export function Saved({ state, words = "Save", onSave }: { state: SavingState; words?: string; onSave: () => void }) {
  return (
    <Group gap={6} wrap="nowrap">
      <Text size="xs" c={state === "saved" || state === "saving" ? "dimmed" : ""} role="status" maw={260} ta="right">
        {SAVED[state]}
      </Text>
      <Button size="xs" variant={state === "saved" ? "default" : "filled"} onClick={onSave} loading={state === "saving"}>
        {words}
      </Button>
    </Group>
  );
}

/** A step back or forth, which is said. */
function go(engine: Editor, way: "undo" | "redo"): void {
  const words = engine[way]();
  if (words) announce(`${way === "undo" ? "Undone" : "Done again"}: ${words.toLowerCase()}.`);
}

const OFF = { "data-disabled": true };

export function History({ engine }: { engine: Editor }) {
  const past = useEditorState((state) => state.past.at(-1)?.words);
  const future = useEditorState((state) => state.future.at(-1)?.words);
  return (
    <Group gap={0} wrap="nowrap">
      <Tooltip label={past ? `Undo: ${past.toLowerCase()}` : "Nothing to undo"}>
        <ActionIcon variant="subtle" color="gray" aria-label="Undo" aria-disabled={!past} {...(past ? {} : OFF)} onClick={() => go(engine, "undo")}>
          <IconArrowBackUp size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={future ? `Redo: ${future.toLowerCase()}` : "Nothing to redo"}>
        <ActionIcon variant="subtle" color="gray" aria-label="Redo" aria-disabled={!future} {...(future ? {} : OFF)} onClick={() => go(engine, "redo")}>
          <IconArrowForwardUp size={18} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

/** Undo, redo and save, wherever the focus is. */
export function useKeys(engine: Editor, save: () => Promise<boolean>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "s") {
        event.preventDefault();
        void save();
        return;
      }
      const way = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : null;
      if (way === null) return;
      event.preventDefault();
      go(engine, way);
    };
    addEventListener("keydown", onKeyDown, true);
    return () => removeEventListener("keydown", onKeyDown, true);
  }, [engine, save]);
}
