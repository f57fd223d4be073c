import { Button, Group, Text } from "@mantine/core";
import { IconCheck, IconCloudOff } from "@tabler/icons-react";
import type { SavingState } from "../../../editor/save";

const WORDS: Record<SavingState, string> = {
  saved: "Saved",
  changed: "Not saved yet",
  saving: "Saving …",
  away: "Not saved yet: the server is away. What you wrote is kept in this browser and sent once it is back.",
  refused: "Not saved: something here can’t be taken as it is.",
  conflict: "Not saved: somebody else changed it meanwhile.",
};

/** How what is on the screen stands, and a button for who likes to press one. */
export function SaveState({ standing, faults, save }: { standing: SavingState; faults: string[]; save: () => void }) {
  return (
    <Group gap="sm" wrap="nowrap" justify="space-between" align="flex-start">
      <Text size="sm" c={standing === "refused" || standing === "conflict" ? "red" : "dimmed"} role="status" aria-live="polite">
        {standing === "saved" && <IconCheck size={15} style={{ verticalAlign: "-2px" }} aria-hidden />}
        {standing === "away" && <IconCloudOff size={15} style={{ verticalAlign: "-2px" }} aria-hidden />} {WORDS[standing]}{" "}
        {standing === "refused" && faults.join(" ")}
      </Text>
      {standing !== "saved" && standing !== "conflict" && (
        <Button size="compact-sm" variant="default" onClick={save} loading={standing === "saving"}>
          Save
        </Button>
      )}
    </Group>
  );
}
