import { Select } from "@mantine/core";
import { useAll } from "../../../grammar/builder/pickers";
import { useLists, useMetrics, useSegments } from "../../../grammar/queries";
import { useField, type Bound } from "./fields";

export const ListField = (bound: Bound) => <Named {...bound} rows={useAll(useLists())} what="list" />;
export const SegmentField = (bound: Bound) => <Named {...bound} rows={useAll(useSegments())} what="segment" />;
export const MetricField = (bound: Bound) => <Named {...bound} rows={useAll(useMetrics())} what="event" />;

function Named({ rows, what, ...bound }: Bound & { rows: readonly { id: string; attributes: { name: string | null } }[]; what: string }) {
  const [value, set] = useField(bound);
  const given = typeof value === "string" ? value : null;
  const data = rows.map(({ id, attributes }) => ({ value: id, label: attributes.name ?? id }));
  return (
    <Select
      label={bound.label}
      description={bound.hint}
      placeholder={`Choose ${what.startsWith("e") ? "an" : "a"} ${what}`}
      data={given === null || data.some((each) => each.value === given) ? data : [...data, { value: given, label: given }]}
      value={given}
      searchable
      allowDeselect={false}
      nothingFoundMessage={`No such ${what}`}
      comboboxProps={{ withinPortal: false }}
      onChange={(id) => id && set(id)}
    />
  );
}
