import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";

interface SheetProps {
  opened: boolean;
  close: () => void;
  title: string;
  children: ReactNode;
  /** Verb and thing, on the button. */
  action: string;
  onSubmit: () => void;
  pending: boolean;
  error: Error | null;
  /** What can't be undone is red. */
  grave?: boolean;
}

/** A short form over the page: Enter sends it, Escape leaves it. */
export function Sheet({ opened, close, title, children, action, onSubmit, pending, error, grave }: SheetProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    onSubmit();
  };
  return (
    <Modal opened={opened} onClose={close} title={title} centered>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {children}
          {error && (
            <Alert color="red" role="alert" title="That did not work">
              {error.message}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={pending} {...(grave ? { color: "red" } : {})}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
