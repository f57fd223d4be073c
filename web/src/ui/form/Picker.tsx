import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../../api/ask";

interface PickerProps {
  kind: "profile" | "list";
  label: string;
  placeholder: string;
  description?: string;
  value: string | null;
  /** `name`: what it is called. */
  onChange: (id: string | null, name: string) => void;
  error?: string | null;
  /** An id that may not be chosen. */
  but?: string;
}

/** Milliseconds of rest after a key before the server is asked. */
const REST = 200;

/** One thing of a kind, found by the server as somebody types. */
export function Picker({ kind, but, value, onChange, ...rest }: PickerProps) {
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), REST);
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null);
  const query = useQuery({
    ...ask("search", { query: { q: settled, kinds: kind } }),
    enabled: settled !== "" && settled !== chosen?.label,
    placeholderData: keepPreviousData,
  });
  const found = (query.data?.data ?? []).flatMap(({ attributes: { record, name, detail } }) =>
    record === but ? [] : [{ value: record, label: detail ? `${name} · ${detail}` : name }],
  );
  const data = chosen && !found.some((option) => option.value === chosen.value) ? [chosen, ...found] : found;
  const waiting = query.isFetching || text.trim() !== settled;
  return (
    <Select
      {...rest}
      data={data}
      value={value}
      searchable
      clearable
      searchValue={text}
      onSearchChange={setText}
      // the server has found them
      filter={({ options }) => options}
      nothingFoundMessage={settled === "" ? "Type to search." : waiting ? "Searching …" : query.error ? query.error.message : "Nothing of that name."}
      onChange={(id, option) => {
        setChosen(id ? { value: id, label: option?.label ?? id } : null);
        onChange(id, option?.label ?? "");
      }}
    />
  );
}
