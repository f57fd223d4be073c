import { Button, Group, Modal, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useBlocker } from "react-router";

/** Asks before unsaved changes are left: inside the app by a question of ours, on closing the tab by the browser's.
 * `of`: "this segment". */
export function useUnsaved(changed: boolean, of: string) {
  const allowed = useRef(false);
  const blocker = useBlocker(() => changed && !allowed.current);
  useEffect(() => {
    if (!changed) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  }, [changed]);
  const question = (
    <Modal opened={blocker.state === "blocked"} onClose={() => blocker.reset?.()} title="Leave without saving?" centered>
      <Text size="sm">What you changed in {of} is lost.</Text>
      <Group mt="md" justify="flex-end">
        <Button variant="default" onClick={() => blocker.reset?.()}>
          Stay
        </Button>
        <Button color="red" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
      </Group>
    </Modal>
  );
  return { question, allow: () => (allowed.current = true) };
}
