/** Numbers, money and times as people read them. */

const whole = new Intl.NumberFormat("en-US");
const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : whole.format(value);
}

/** 12,340 stays as it is; 1,234,000 becomes 1.2M. */
export function brief(value: number): string {
  return Math.abs(value) < 100_000 ? whole.format(value) : short.format(value);
}

/** 812 bytes, 34 kB, 1.2 MB. */
export function bytes(value: number): string {
  if (value < 1_000) return `${whole.format(value)} bytes`;
  return value < 1_000_000 ? `${whole.format(Math.round(value / 1_000))} kB` : `${(value / 1_000_000).toFixed(1)} MB`;
}

export function money(value: number, currency: string): string {
  const digits = Math.abs(value) >= 1_000 ? 0 : 2;
  const options = { style: "currency", minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat("en-US", { ...options, currency: currency || "USD" }).format(value);
}

/** Part of whole as per cent with one decimal; nothing to divide by is a dash, not zero. */
export function rate(part: number, total: number): string {
  if (total <= 0) return "–";
  return `${((100 * part) / total).toFixed(1).replace(/\.0$/, "")}%`;
}

export function exact(at: string | null | undefined, timezone?: string): string {
  if (!at) return "–";
  const options: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "medium" };
  return new Intl.DateTimeFormat("en-GB", zoned(options, timezone)).format(new Date(at));
}

export function day(at: string | null | undefined, timezone?: string): string {
  if (!at) return "–";
  return new Intl.DateTimeFormat("en-GB", zoned({ dateStyle: "medium" }, timezone)).format(new Date(at));
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** "3 min. ago" within a week. Beyond it, and in a future that a moved test clock can make, the date itself. */
export function ago(at: string | null | undefined, timezone?: string): string {
  if (!at) return "–";
  const seconds = (Date.now() - new Date(at).getTime()) / 1000;
  if (seconds < -60 || seconds > 7 * 86_400) return day(at, timezone);
  const [unit, size] = STEPS.find(([, length]) => seconds >= length) ?? ["second", 1];
  return seconds < 1 ? "just now" : relative.format(-Math.floor(seconds / size), unit);
}

export const isToCome = (at: string | null): boolean => at !== null && Date.parse(at) > Date.now();

/** "in 25 sec." for what is to come within a week; the date beyond it, "now" for what is due. */
export function until(at: string | null | undefined, timezone?: string): string {
  if (!at) return "–";
  const seconds = (new Date(at).getTime() - Date.now()) / 1000;
  if (seconds > 7 * 86_400) return day(at, timezone);
  const [unit, size] = STEPS.find(([, length]) => seconds >= length) ?? ["second", 1];
  return relative.format(Math.max(0, Math.ceil(seconds / size)), unit);
}

/** `in_doubt`, `time-delay` and the like as words. */
export function words(name: string): string {
  const text = name.replace(/[-_]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// A zone that this browser doesn't know would throw; the browser's own zone is the next best thing.
function zoned(options: Intl.DateTimeFormatOptions, timezone?: string): Intl.DateTimeFormatOptions {
  if (!timezone) return options;
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return { ...options, timeZone: timezone };
  } catch {
    return options;
  }
}
