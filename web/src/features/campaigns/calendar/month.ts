/** Days of a month as weeks of a calendar, without a clock or a zone of its own. */

/** "2026-12" of "2026-12-03". */
export const monthOf = (day: string) => day.slice(0, 7);

const dayMs = 86_400_000;
const textOf = (time: number) => new Date(time).toISOString().slice(0, 10);
const timeOf = (day: string) => Date.parse(`${day}T00:00:00Z`);

/** "2027-01" one month after "2026-12". */
export function moved(month: string, by: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return textOf(Date.UTC(year, number - 1 + by, 1)).slice(0, 7);
}

/** Weeks from Monday to Sunday that hold the month's days, with the days around them. */
export function weeksOf(month: string): string[][] {
  const first = timeOf(`${month}-01`);
  // 0 = Monday
  const before = (new Date(first).getUTCDay() + 6) % 7;
  const end = timeOf(`${moved(month, 1)}-01`);
  const weeks: string[][] = [];
  for (let monday = first - before * dayMs; monday < end; monday += 7 * dayMs) {
    weeks.push(Array.from({ length: 7 }, (_, day) => textOf(monday + day * dayMs)));
  }
  return weeks;
}

/** Moments that surely hold all days of the weeks, whatever the zone. */
export function around(weeks: string[][]): [from: string, to: string] {
  const [first = "", last = ""] = [weeks[0]?.[0], weeks[weeks.length - 1]?.[6]];
  return [new Date(timeOf(first) - dayMs).toISOString(), new Date(timeOf(last) + 2 * dayMs).toISOString()];
}

/** The day that a zone's calendar shows at a moment. */
export function dayAt(moment: string | number, timezone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short" }).format(new Date(moment));
}
