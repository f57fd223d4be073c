/** A list that goes on, as a real table: ordered by its heads, chosen from, and drawn only where it is looked at once it
 * is long. On a phone its rows are stacked, as those of `Endless`. */

import { Center, Checkbox, NativeSelect, Table } from "@mantine/core";
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { rowsOf } from "../../api/records";
import type { Resource } from "../../api/types";
import { More, type Column, type Pages } from "../Endless";
import classes from "../Endless.module.css";
import { Problem, Rows } from "../States";
import { Head } from "./Head";
import { fieldOf, isDescending, type Order } from "./order";
import { Row } from "./Row";
import { ranged, toggledAll, type Chosen } from "./select";
import { SelectionBar } from "./SelectionBar";
import table from "./Table.module.css";
import { useShown } from "./useShown";

export interface SortableColumn<Of> extends Column<Of> {
  /** The order that its head asks for first. */
  sort?: Order;
}

export interface Selection<Attributes> {
  chosen: Chosen;
  choose: (chosen: Chosen) => void;
  /** What can be done with the chosen rows. */
  actions: (rows: Resource<Attributes>[]) => ReactNode;
  /** A row's name, for its box. */
  nameOf: (row: Resource<Attributes>) => string;
}

interface DataTableProps<Attributes> {
  pages: Pages<Attributes>;
  columns: SortableColumn<Resource<Attributes>>[];
  to?: (row: Resource<Attributes>) => string;
  empty: ReactNode;
  label: string;
  order?: Order;
  onOrder?: (order: Order) => void;
  selection?: Selection<Attributes> | undefined;
}

export function DataTable<Attributes>(props: DataTableProps<Attributes>) {
  const { pages, empty } = props;
  const rows = useMemo(() => rowsOf(pages.data), [pages.data]);
  if (!rows && pages.error) return <Center p="md">{<Problem error={pages.error} retry={pages.refetch} />}</Center>;
  if (!rows) return <Rows />;
  if (rows.length === 0) return empty;
  return <Full {...props} rows={rows} />;
}

function Full<Attributes>({ pages, columns, to, label, order = "", onOrder, selection, rows }: DataTableProps<Attributes> & { rows: Resource<Attributes>[] }) {
  const { frame, places, before, after, measure } = useShown(rows.length);
  const [last, setLast] = useState<string | null>(null);
  // Scrolling draws anew: what it doesn't change is kept, so that rows which stay in view are left alone.
  const ids = useMemo(() => rows.map(({ id }) => id), [rows]);
  const chosen = useMemo(() => (selection ? rows.filter(({ id }) => selection.chosen.has(id)) : []), [rows, selection]);
  const toggle = useCallback(
    (id: string, range: boolean) => {
      selection?.choose(ranged(selection.chosen, ids, range ? last : null, id));
      setLast(id);
    },
    [selection, ids, last],
  );
  const width = columns.length + (selection ? 1 : 0);
  return (
    <div ref={frame}>
      {onOrder && <PhoneOrder columns={columns} order={order} onOrder={onOrder} />}
      <Table
        className={`${classes.table} ${table.table}`}
        highlightOnHover={Boolean(to)}
        layout="fixed"
        aria-label={label}
        aria-rowcount={pages.hasNextPage ? -1 : rows.length + 1}
      >
        <Table.Thead className={table.head}>
          <Table.Tr aria-rowindex={1}>
            {selection && (
              <Table.Th w={44} className={table.box}>
                <Checkbox
                  size="sm"
                  aria-label="Select all rows shown"
                  checked={chosen.length === rows.length}
                  indeterminate={chosen.length > 0 && chosen.length < rows.length}
                  onChange={() => selection.choose(toggledAll(selection.chosen, ids))}
                />
              </Table.Th>
            )}
            {columns.map((column) => (
              <Head key={column.label} column={column} order={order} onOrder={onOrder} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Spacer height={before} width={width} />
          {places.map((place) => {
            const row = rows[place];
            if (!row) return null;
            return (
              <Row
                key={`${row.type}:${row.id}`}
                row={row}
                place={place}
                measure={measure}
                columns={columns}
                to={to?.(row)}
                name={selection?.nameOf(row)}
                checked={selection?.chosen.has(row.id)}
                toggle={toggle}
              />
            );
          })}
          <Spacer height={after} width={width} />
        </Table.Tbody>
      </Table>
      <More pages={pages} />
      {selection && chosen.length > 0 && (
        <SelectionBar number={chosen.length} clear={() => selection.choose(new Set())}>
          {selection.actions(chosen)}
        </SelectionBar>
      )}
    </div>
  );
}

/** Stands for the rows that are not drawn. */
function Spacer({ height, width }: { height: number; width: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden className={table.spacer}>
      <td colSpan={width} style={{ height }} />
    </tr>
  );
}

function PhoneOrder<Of>({ columns, order, onOrder }: { columns: SortableColumn<Of>[]; order: Order; onOrder: (order: Order) => void }) {
  const sortable = columns.flatMap(({ label, sort }) => (sort ? [{ label, field: fieldOf(sort) }] : []));
  const data = sortable.flatMap(({ label, field }) => [
    { value: field, label: `${label}, ascending` },
    { value: `-${field}`, label: `${label}, descending` },
  ]);
  const known = data.some(({ value }) => value === order);
  return (
    <div className={table.phoneOrder}>
      <NativeSelect
        size="xs"
        label="Order"
        data={known ? data : [{ value: order, label: isDescending(order) ? "Latest first" : "As they came" }, ...data]}
        value={order}
        onChange={({ currentTarget }) => onOrder(currentTarget.value)}
      />
    </div>
  );
}
