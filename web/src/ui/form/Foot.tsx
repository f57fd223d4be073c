import { Alert, Button, Group, Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Submission } from "./submit";

/** The end of a form: what belongs to no field, the button, and whether it is saved. `label`: verb and thing. */
export function Foot({ of, label, children }: { of: Submission; label: string; children?: ReactNode }) {
  return (
    <>
      {of.rest && (
        <Alert color="red" role="alert" title="Not saved">
          {of.rest}
        </Alert>
      )}
      <Group gap="sm">
        <Button type="submit" loading={of.isPending}>
          {label}
        </Button>
        {children}
        <Text size="sm" c="dimmed" role="status" aria-live="polite">
          {of.isSaved && (
            <Group gap={4} component="span">
              <IconCheck size={15} /> Saved
            </Group>
          )}
        </Text>
      </Group>
    </>
  );
}
