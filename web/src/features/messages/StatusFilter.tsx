import { Select } from "@mantine/core";
import { words } from "../../ui/format";

const STATUSES = ["queued", "in_flight", "sent", "skipped", "bounced", "failed", "in_doubt"];

export function StatusFilter({ value, onChange }: { value: string; onChange: (value: string | null) => void }) {
  return (
    <Select
      value={value || null}
      onChange={onChange}
      data={STATUSES.map((status) => ({ value: status, label: words(status) }))}
      placeholder="Any status"
      aria-label="Status"
      clearable
      flex="1 1 140px"
      maw={170}
    />
  );
}
