import { expect, it } from "vitest";
import { hourly } from "./hours";

const told = (at: string, opens: number) => ({ at, sent: 0, opens, clicks: 0, orders: 0, revenue: 0 });

it("a gap of any length is two zeros, and neighbours have none between them", () => {
  const hours = hourly([told("2026-12-01T09:00:00Z", 3), told("2026-12-01T10:00:00Z", 2), told("2026-12-09T12:00:00Z", 1)]);
  const shown = hours.map(({ at, opens }) => [new Date(at).toISOString().slice(5, 13), opens]);
  expect(shown).toEqual([
    ["12-01T08", 0], ["12-01T09", 3], ["12-01T10", 2], ["12-01T11", 0],
    ["12-09T11", 0], ["12-09T12", 1], ["12-09T13", 0],
  ]);
});

it("an hour between two that are told is not told twice", () => {
  const hours = hourly([told("2026-12-01T09:00:00Z", 3), told("2026-12-01T11:00:00Z", 2)]);
  expect(hours.map(({ opens }) => opens)).toEqual([0, 3, 0, 2, 0]);
});
