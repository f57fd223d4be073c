import { Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import type { SortableColumn } from "./DataTable";
import { ariaSort, pressed, type Order } from "./order";
import table from "./Table.module.css";

interface HeadProps<Of> {
  column: SortableColumn<Of>;
  order: Order;
  onOrder: ((order: Order) => void) | undefined;
}

/** A column's head; a button where rows can be ordered by it. */
export function Head<Of>({ column: { label, right, width, sort }, order, onOrder }: HeadProps<Of>) {
  const align = { ta: right ? ("right" as const) : ("left" as const), w: width };
  if (!sort || !onOrder) return <Table.Th {...align}>{label}</Table.Th>;
  const state = ariaSort(order, sort);
  const Icon = { ascending: IconArrowUp, descending: IconArrowDown, none: IconArrowsSort }[state];
  return (
    <Table.Th {...align} aria-sort={state}>
      <UnstyledButton className={table.sort} data-on={state !== "none" || undefined} onClick={() => onOrder(pressed(order, sort))}>
        {label}
        <Icon size={13} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  );
}
