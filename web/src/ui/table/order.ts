/** The order of a table as the API writes it: a field, with a minus in front for the other way round. */

export type Order = string;

export const fieldOf = (order: Order): string => order.replace(/^-/, "");

export const isDescending = (order: Order): boolean => order.startsWith("-");

/** What pressing a column's head makes of the order: that column in its own first direction, then the other. */
export function pressed(order: Order, first: Order): Order {
  if (fieldOf(order) !== fieldOf(first)) return first;
  return isDescending(order) ? fieldOf(order) : `-${order}`;
}

/** As `aria-sort` has it. */
export function ariaSort(order: Order, of: Order): "ascending" | "descending" | "none" {
  if (fieldOf(order) !== fieldOf(of)) return "none";
  return isDescending(order) ? "descending" : "ascending";
}
