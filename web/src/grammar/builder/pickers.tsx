import { Select } from "@mantine/core";
import { useEffect } from "react";
import { rowsOf } from "../../api/records";
import { useFlows, useLists, useMetrics, useSegments } from "../queries";
import type { Resource } from "../../api/types";
import type { Pages } from "../../ui/Endless";
import type { FieldProps } from "./FieldInput";
import { gap } from "./gap";
import { MENU } from "./menu";
import { widthOf } from "./width";

type Named = Resource<{ name: string | null }>;

/** All rows of a list, page after page: one cannot choose from what is not there yet. */
export function useAll<Attributes extends { name: string | null }>(pages: Pages<Attributes>): Named[] {
  const { hasNextPage, isFetchingNextPage, error, fetchNextPage } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !error) fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, error, fetchNextPage]);
  return rowsOf(pages.data) ?? [];
}

export function MetricPicker(props: FieldProps) {
  const metrics = useAll(useMetrics());
  return <Picker {...props} what="event" groups={{ Events: metrics }} />;
}

export function FlowPicker(props: FieldProps) {
  const flows = useAll(useFlows());
  return <Picker {...props} what="flow" groups={{ Flows: flows }} />;
}

/** The API takes a list of one. */
export function GroupPicker({ value, onChange, ...props }: FieldProps) {
  const groups = { Lists: useAll(useLists()), Segments: useAll(useSegments()) };
  const id = Array.isArray(value) ? value[0] : undefined;
  return <Picker {...props} value={id} onChange={(next) => onChange(next && [next])} what="list or segment" groups={groups} />;
}

function Picker({ field, value, onChange, what, groups }: FieldProps & { what: string; groups: Record<string, Named[]> }) {
  const data = Object.entries(groups).map(([group, rows]) => ({ group, items: rows.map(optionOf) }));
  const chosen = data.flatMap(({ items }) => items).find((one) => one.value === value);
  const given = typeof value === "string" ? value : null;
  // Something that is gone, or not fetched yet, still shows what is chosen.
  const all = given === null || chosen ? data : [...data, { group: "Other", items: [{ value: given, label: given }] }];
  return (
    <Select
      size="sm"
      aria-label={field.label}
      placeholder={`Choose ${what.startsWith("e") ? "an" : "a"} ${what}`}
      {...gap(given === null)}
      value={given}
      data={all.length === 1 ? (all[0]?.items ?? []) : all}
      onChange={(id) => onChange(id ?? undefined)}
      searchable
      allowDeselect={false}
      nothingFoundMessage={`No such ${what}`}
      comboboxProps={MENU}
      w={widthOf(chosen?.label ?? given ?? "Choose a list or segment")}
    />
  );
}

function optionOf({ id, attributes }: Named) {
  return { value: id, label: attributes.name ?? id };
}
