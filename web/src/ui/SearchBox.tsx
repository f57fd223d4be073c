import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useAddress } from "./address";

/** A search kept in the address under `name`; it settles a moment after the last key. */
export function SearchBox({ name, placeholder }: { name: string; placeholder: string }) {
  const [kept, keep] = useAddress(name);
  const [text, setText] = useState(kept);
  const [sent, setSent] = useState(kept);
  const [seen, setSeen] = useState(kept);
  const later = useDebouncedCallback((value: string) => {
    setSent(value);
    keep(value);
  }, 350);
  // Somebody else changed the address: Back, or a button that clears the filters.
  if (kept !== seen) {
    setSeen(kept);
    if (kept !== sent) setText(kept);
  }
  const change = (value: string) => {
    setText(value);
    later(value.trim());
  };
  return (
    <TextInput
      type="search"
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      placeholder={placeholder}
      aria-label={placeholder}
      leftSection={<IconSearch size={16} />}
      rightSection={text && <CloseButton size="sm" aria-label="Clear the search" onClick={() => change("")} />}
      flex="1 1 220px"
      maw={420}
    />
  );
}
