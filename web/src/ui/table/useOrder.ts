import { useAddress } from "../address";
import type { Order } from "./order";

/** The order of a table, in the address under `name`; `first` is that without one. */
export function useOrder(name: string, first: Order): [Order, (order: Order) => void] {
  const [kept, keep] = useAddress(name);
  return [kept || first, (order) => keep(order === first ? null : order)];
}
