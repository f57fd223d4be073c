import { Checkbox, Table } from "@mantine/core";
import { memo, type MouseEvent } from "react";
import { Link, useNavigate } from "react-router";
import type { Column } from "../Endless";
import classes from "../Endless.module.css";
import table from "./Table.module.css";

interface RowProps<Of> {
  row: Of & { id: string };
  /** From 0, among all rows. */
  place: number;
  measure: (element: HTMLTableRowElement | null) => void;
  columns: Column<Of>[];
  to: string | undefined;
  /** For its box, where rows can be chosen. */
  name: string | undefined;
  checked: boolean | undefined;
  toggle: (id: string, range: boolean) => void;
}

function Line<Of>({ row, place, measure, columns, to, name, checked, toggle }: RowProps<Of>) {
  const navigate = useNavigate();
  const lead = columns.find(({ phone }) => phone === "lead") ?? columns[0];
  const open = (event: MouseEvent) => {
    const onControl = (event.target as Element).closest("a, button, input, label");
    if (to && !onControl && !getSelection()?.toString()) void navigate(to);
  };
  return (
    // the head is the first row
    <Table.Tr ref={measure} data-index={place} aria-rowindex={place + 2} aria-selected={checked} onClick={open} data-link={to ? true : undefined} data-chosen={checked || undefined}>
      {name !== undefined && (
        <Table.Td className={table.box} data-phone="box">
          <Checkbox
            size="sm"
            aria-label={`Select ${name}`}
            checked={checked ?? false}
            onChange={(event) => toggle(row.id, (event.nativeEvent as unknown as PointerEvent).shiftKey)}
          />
        </Table.Td>
      )}
      {columns.map((column) => (
        <Table.Td key={column.label} ta={column.right ? "right" : "left"} data-phone={column.phone ?? "more"} data-line={typeof column.width === "number" || undefined}>
          {to && column === lead ? (
            <Link to={to} className={classes.lead}>
              {column.cell(row)}
            </Link>
          ) : (
            column.cell(row)
          )}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

/** Drawn again only when something of it has changed. */
export const Row = memo(Line) as typeof Line;
