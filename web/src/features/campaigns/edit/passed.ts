import type { Sending } from "./document";

/** What the server says a moment later, too; a test account's clock may be ahead of this one. By each person's own clock
 * the time is over where it comes last, at UTC-12. */
export function passed({ strategy, at, day }: Sending, timezone: string, now = Date.now()): string | undefined {
  const zone = strategy === "local_timezone" ? "Etc/GMT+12" : timezone;
  const wall = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(now).replace(" ", "T");
  if (at) return at <= wall ? "This time is over. Choose a later one." : undefined;
  return day && day < wall.slice(0, 10) ? "This day is over. Choose a later one." : undefined;
}
