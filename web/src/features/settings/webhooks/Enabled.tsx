import { Badge } from "@mantine/core";

/** Whether calls are made. */
export function Enabled({ of }: { of: boolean }) {
  return (
    <Badge color={of ? "spruce" : "gray"} tt="none" fw={600}>
      {of ? "On" : "Paused"}
    </Badge>
  );
}
