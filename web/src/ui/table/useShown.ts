import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useState } from "react";

/** Below it a browser draws everything as fast as it draws a part. */
const FROM = 200;
/** Pixels, before a row was measured. */
const ROW = 45;
/** Rows drawn above and below what is seen. */
const BESIDE = 12;

export interface Shown {
  /** Of what holds the table. */
  frame: (element: HTMLElement | null) => void;
  places: number[];
  /** Pixels of the rows that are not drawn. */
  before: number;
  after: number;
  measure: (element: HTMLTableRowElement | null) => void;
}

const unmeasured = () => undefined;

/** Which of `number` rows are drawn: all of a short table, those in view of a long one. */
export function useShown(number: number): Shown {
  const [margin, setMargin] = useState(0);
  const frame = useCallback((element: HTMLElement | null) => {
    if (element) setMargin(element.getBoundingClientRect().top + window.scrollY);
  }, []);
  const virtual = useWindowVirtualizer({ count: number, estimateSize: () => ROW, overscan: BESIDE, scrollMargin: margin, enabled: number > FROM });
  if (number <= FROM) return { frame, places: Array.from({ length: number }, (_, place) => place), before: 0, after: 0, measure: unmeasured };
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  return {
    frame,
    places: items.map(({ index }) => index),
    before: first ? first.start - margin : 0,
    after: last ? virtual.getTotalSize() - (last.end - margin) : 0,
    measure: virtual.measureElement,
  };
}
