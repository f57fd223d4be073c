import { useRef } from "react";

/** Lets a thing be made once: a second press before the page has gone on does nothing. `again` allows another try, after a
 * refusal. */
export function useOnce(): (make: (again: () => void) => void) => void {
  const begun = useRef(false);
  return (make) => {
    if (begun.current) return;
    begun.current = true;
    make(() => {
      begun.current = false;
    });
  };
}
