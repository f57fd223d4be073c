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
  /** Red, unless it is nothing grave. */
  grave?: boolean;
}

/** Asked only before what can't be undone. */
export function Confirm({ opened, close, title, children, action, onConfirm, pending, error, grave = true }: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={close} title={title} centered>
      <Text size="sm" component="div">
        {children}
      </Text>
      {error && (
        <Text size="sm" c="red" role="alert" mt="xs">
          {error.message}
        </Text>
      )}
      <Group mt="md" justify="flex-end">
        <Button variant="default" onClick={close}>
          {grave ? "Keep it" : "Cancel"}
        </Button>
        <Button {...(grave ? { color: "red" } : {})} loading={pending} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Modal>
  );
}
