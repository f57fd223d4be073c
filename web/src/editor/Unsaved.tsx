/** What this browser kept of an earlier visit, and the question what is to become of it. */

import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { Time } from "../ui/Time";
import type { Journal, Unsaved } from "./journal";

interface KeptProps<Of> {
  journal: Journal<Of>;
  /** Whether it says what the server has anyway. */
  isSaved: (content: Of) => boolean;
  take: (kept: Unsaved<Of>) => void;
  children: ReactNode;
}

/** Around an editor: nothing newer is written before that is decided, so that nothing older replaces it. */
export function Kept<Of>({ journal, isSaved, take, children }: KeptProps<Of>) {
  const [unsaved, setUnsaved] = useState<Unsaved<Of> | null>(null);
  // as it was when it was opened
  const [wasSaved] = useState(() => isSaved);
  useEffect(() => {
    let isGone = false;
    void journal.read().then((kept) => {
      if (!isGone && kept && !wasSaved(kept.content)) setUnsaved(kept);
    });
    return () => {
      isGone = true;
    };
  }, [journal, wasSaved]);
  return (
    <>
      {unsaved && (
        <Alert role="alert" color="orange" icon={<IconAlertTriangle />} title="There are changes that were not saved" mb="md">
          <Text size="sm">
            This browser kept what was changed here <Time at={new Date(unsaved.at).toISOString()} /> and could not be saved then.
          </Text>
          <Group gap="xs" mt="xs">
            <Button size="xs" onClick={() => (take(unsaved), setUnsaved(null))}>
              Continue with those changes
            </Button>
            <Button size="xs" variant="default" onClick={() => (void journal.drop(), setUnsaved(null))}>
              Drop them
            </Button>
          </Group>
        </Alert>
      )}
      <div inert={unsaved !== null}>{children}</div>
    </>
  );
}
