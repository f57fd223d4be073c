import { Kbd, Text, UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import type { Place } from "./Palette";
import classes from "./Shell.module.css";

const load = () => import("./Palette");
const Palette = lazy(load);
const APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Opens the palette, whose code comes with its first use: by the button, or by Ctrl+K or ⌘K anywhere. */
export function PaletteButton({ places }: { places: readonly Place[] }) {
  const [wanted, setWanted] = useState(false);
  const open = useCallback(() => {
    setWanted(true);
    void import("@mantine/spotlight").then(({ spotlight }) => spotlight.open());
  }, []);
  useEffect(() => {
    if (wanted) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      open();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [wanted, open]);
  return (
    <>
      <UnstyledButton className={classes.search} onClick={open} onMouseEnter={() => void load()} aria-keyshortcuts={APPLE ? "Meta+K" : "Control+K"}>
        <IconSearch size={16} stroke={1.7} aria-hidden />
        <Text span size="sm" flex={1} className={classes.words}>
          Search
        </Text>
        <Kbd size="xs" aria-hidden className={classes.words}>
          {APPLE ? "⌘K" : "Ctrl K"}
        </Kbd>
      </UnstyledButton>
      {wanted && (
        <Suspense>
          <Palette places={places} />
        </Suspense>
      )}
    </>
  );
}
