import { useEffect, useRef, type MouseEvent } from "react";
import classes from "./Shell.module.css";

/** The id of what is not navigation. */
export const CONTENT = "content";

/** On a new page the focus goes to its heading, so that keyboards and screen readers go on from there; not on the first
 * one, and not where the page itself has put it. */
export function useArrival(pathname: string) {
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    const content = document.getElementById(CONTENT);
    const active = document.activeElement;
    if (active instanceof HTMLInputElement && content?.contains(active)) return;
    content?.querySelector("h1")?.focus({ preventScroll: true });
  }, [pathname]);
}

/** The first thing that Tab reaches: leads past the navigation. */
export function SkipLink() {
  const skip = (event: MouseEvent) => {
    event.preventDefault();
    document.getElementById(CONTENT)?.focus();
  };
  return (
    <a href={`#${CONTENT}`} className={classes.skip} onClick={skip}>
      Skip to the content
    </a>
  );
}
