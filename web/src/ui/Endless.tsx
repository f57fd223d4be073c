/** A list that goes on: a table on a wide screen, stacked rows on a phone, more of it on scrolling down. */

import { Button, Center, Table } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { useEffect, type MouseEvent, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import type { Many, Resource } from "../api/types";
import { rowsOf } from "../api/records";
import classes from "./Endless.module.css";
import { Problem, Rows } from "./States";

export interface Column<Row> {
  label: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand on the right. */
  right?: boolean;
  /** Where it goes on a phone: `lead` the first line, `end` its right edge, `line` a line of its own, `more` below; `none` leaves it out. */
  phone?: "lead" | "end" | "line" | "more" | "none";
  /** A number is pixels and keeps the cell on one line; a per cent text lets it wrap. */
  width?: number | string;
}

/** What this needs of an infinite query; the rest of it is the caller's. */
export interface Pages<Attributes> {
  data: { pages: Many<Attributes>[] } | undefined;
  error: Error | null;
  isFetchingNextPage: boolean;
  hasNextPage: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

interface EndlessProps<Attributes> {
  pages: Pages<Attributes>;
  columns: Column<Resource<Attributes>>[];
  to?: (row: Resource<Attributes>) => string;
  empty: ReactNode;
  label: string;
}

export function Endless<Attributes>({ pages, columns, to, empty, label }: EndlessProps<Attributes>) {
  const rows = rowsOf(pages.data);
  if (!rows && pages.error) return <Center p="md">{<Problem error={pages.error} retry={pages.refetch} />}</Center>;
  if (!rows) return <Rows />;
  if (rows.length === 0) return empty;
  return (
    <>
      <Table className={classes.table} highlightOnHover={Boolean(to)} aria-label={label}>
        <Table.Thead>
          <Table.Tr>{columns.map(headOf)}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Line key={`${row.type}:${row.id}`} row={row} columns={columns} to={to?.(row)} />
          ))}
        </Table.Tbody>
      </Table>
      <More pages={pages} />
    </>
  );
}

function headOf<Row>({ label, right, width }: Column<Row>) {
  return (
    <Table.Th key={label} ta={right ? "right" : "left"} w={width}>
      {label}
    </Table.Th>
  );
}

interface LineProps<Row> {
  row: Row;
  columns: Column<Row>[];
  to: string | undefined;
}

function Line<Row>({ row, columns, to }: LineProps<Row>) {
  const navigate = useNavigate();
  const lead = columns.find(({ phone }) => phone === "lead") ?? columns[0];
  const open = (event: MouseEvent) => {
    const onLink = (event.target as Element).closest("a, button");
    if (to && !onLink && !getSelection()?.toString()) void navigate(to);
  };
  return (
    <Table.Tr onClick={open} data-link={to ? true : undefined}>
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

/** Fetches on coming into view; the button is for keyboards and for a page that failed. */
export function More({ pages }: { pages: Omit<Pages<unknown>, "data"> }) {
  const { ref, entry } = useIntersection({ rootMargin: "300px" });
  const { hasNextPage, isFetchingNextPage, fetchNextPage, error } = pages;
  const near = entry?.isIntersecting ?? false;
  useEffect(() => {
    if (near && hasNextPage && !isFetchingNextPage && !error) fetchNextPage();
  }, [near, hasNextPage, isFetchingNextPage, error, fetchNextPage]);
  if (!hasNextPage) return error ? <Center p="md">{<Problem error={error} retry={pages.refetch} />}</Center> : null;
  return (
    <Center p="md" ref={ref}>
      <Button variant="subtle" size="xs" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
        {error ? "That did not work. Try again" : "Show more"}
      </Button>
    </Center>
  );
}
