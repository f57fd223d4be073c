import { describe, expect, it } from "vitest";
import { around, dayAt, moved, weeksOf } from "./month";

describe("a month", () => {
  it("is whole weeks from Monday to Sunday", () => {
    const weeks = weeksOf("2026-12");
    expect(weeks).toHaveLength(5);
    expect([weeks[0]?.[0], weeks[0]?.[1], weeks[4]?.[6]]).toEqual(["2026-11-30", "2026-12-01", "2027-01-03"]);
    // one that begins on a Monday and has four weeks
    expect(weeksOf("2027-02").map((week) => week[0])).toEqual(["2027-02-01", "2027-02-08", "2027-02-15", "2027-02-22"]);
  });

  it("is followed by the next, also at the turn of the year", () => {
    expect([moved("2026-12", 1), moved("2026-01", -1), moved("2026-06", 0)]).toEqual(["2027-01", "2025-12", "2026-06"]);
  });

  it("is asked for with a day to spare on each side", () => {
    expect(around(weeksOf("2027-02"))).toEqual(["2027-01-31T00:00:00.000Z", "2027-03-02T00:00:00.000Z"]);
  });

  it("shows a moment on the day of the account's zone", () => {
    expect(dayAt("2026-12-31T23:30:00Z", "Europe/Zurich")).toBe("2027-01-01");
    expect(dayAt("2026-12-31T23:30:00Z", "America/New_York")).toBe("2026-12-31");
  });
});
