import { Select } from "@mantine/core";
import { setField, together } from "../../../editor/commands";
import { useEditor } from "../../../editor/context";
import type { Document } from "../../../editor/document";
import { useAll } from "../../../grammar/builder/pickers";
import { useLists, useMetrics, useSegments } from "../../../grammar/queries";
import { useField, type Bound, type Path } from "./fields";

/** `named`: where the name of what is chosen is kept, too. */
interface Choice extends Bound {
  readonly named?: Path;
}

export const ListField = (bound: Choice) => <Named {...bound} rows={useAll(useLists())} what="list" />;
export const SegmentField = (bound: Bound) => <Named {...bound} rows={useAll(useSegments())} what="segment" />;
export const MetricField = (bound: Bound) => <Named {...bound} rows={useAll(useMetrics())} what="event" />;

function Named({ rows, what, named, ...bound }: Choice & { rows: readonly { id: string; attributes: { name: string | null } }[]; what: string }) {
  const editor = useEditor();
  const [value, set] = useField(bound);
  const choose = (id: string, name: string) => {
    if (!named) return set(id);
    const { of, path, label } = bound;
    const change = (key: Path, next: string) => (now: Document) => setField(now, { key: of, path: key, value: next });
    editor.run((document: Document) => together(document, change(path, id), change(named, name)), null, { words: `Change ${label.toLowerCase()}` });
  };
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
      onChange={(id, option) => id && choose(id, option?.label ?? id)}
    />
  );
}
