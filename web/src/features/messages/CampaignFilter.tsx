import { Select } from "@mantine/core";
import { rowsOf } from "../../api/records";
import { useCampaignNames } from "./queries";

/** The hundred newest campaigns to choose from. One chosen by a link may be older: it then stands there by its id. */
export function CampaignFilter({ value, onChange }: { value: string; onChange: (value: string | null) => void }) {
  const rows = rowsOf(useCampaignNames().data) ?? [];
  const data = rows.map(({ id, attributes }) => ({ value: id, label: attributes.definition.name ?? id }));
  if (value && !data.some((option) => option.value === value)) data.push({ value, label: value });
  return (
    <Select
      value={value || null}
      onChange={onChange}
      data={data}
      placeholder="Any campaign"
      aria-label="Campaign"
      nothingFoundMessage="No such campaign"
      searchable
      clearable
      flex="1 1 150px"
      maw={260}
    />
  );
}
