import { Button, Group, Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface ConfirmProps {
  opened: boolean;
  close: () => void;
  title: string;
  /** What goes, and that nothing brings it back. */
  children: ReactNode;
  /** Verb and thing, on the button. */
  action: string;
  onConfirm: () => void;
  pending: boolean;
  error: Error | null;
}

/** Asked only before what can't be undone. */
export function Confirm({ opened, close, title, children, action, onConfirm, pending, error }: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={close} title={title} centered>
      <Text size="sm">{children}</Text>
      {error && (
        <Text size="sm" c="red" role="alert" mt="xs">
          {error.message}
        </Text>
      )}
      <Group mt="md" justify="flex-end">
        <Button variant="default" onClick={close}>
          Keep it
        </Button>
        <Button color="red" loading={pending} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Modal>
  );
}
