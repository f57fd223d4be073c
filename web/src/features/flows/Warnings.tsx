import { Alert, List } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

/** What a flow can be live with, but is hardly meant; nothing where there is nothing. */
export function Warnings({ of }: { of: readonly { detail: string; action_id: string | null }[] }) {
  if (of.length === 0) return null;
  return (
    <Alert color="yellow" icon={<IconAlertTriangle />} title="Is that what you mean?">
      <List size="sm" spacing={4}>
        {of.map(({ detail, action_id }) => (
          <List.Item key={`${action_id ?? ""}${detail}`}>{detail}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
