import { Paper, VisuallyHidden } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore } from "react";
import { lastSaid, onSaid } from "./announce";
import classes from "./Announcer.module.css";

/** Milliseconds for which it is seen. */
const SEEN = 6_000;

/** The page's live region: stands in the shell, once. */
export function Announcer() {
  const said = useSyncExternalStore(onSaid, lastSaid);
  const [over, setOver] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setOver(said.number), SEEN);
    return () => clearTimeout(timer);
  }, [said]);
  const text = said.number > over ? said.text : "";
  return (
    <>
      <VisuallyHidden role="status" aria-live="polite">
        <span key={said.number}>{text}</span>
      </VisuallyHidden>
      {text && !said.quiet && (
        <Paper className={classes.seen} shadow="md" aria-hidden>
          {text}
        </Paper>
      )}
    </>
  );
}
