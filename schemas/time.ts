/** Civil dates are `yyyy-MM-dd` of Asia/Shanghai, which has been UTC+8 without summer time since 1992. */

const DAY_MS = 86_400_000;
const SHANGHAI_MS = 8 * 3_600_000;

/** A date that exists, written `yyyy-MM-dd`. */
export function isCivilDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}

/** What the clock on the wall in Shanghai shows at an instant: `2024-06-03 10:00:00`. */
export function wallTimeAt(instant: Date): string {
  return new Date(instant.getTime() + SHANGHAI_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** The date on the wall in Shanghai at an instant. */
export function civilDateAt(instant: Date): string {
  return wallTimeAt(instant).slice(0, 10);
}

export function addDays(date: string, days: number): string {
  return new Date(utc(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** As DuckDB adds months: 31 January and one month is the last day of February. */
export function addMonths(date: string, months: number): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const lastDay = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(day, lastDay))).toISOString().slice(0, 10);
}

/** Days from `first` to `second`; negative when `second` is the earlier. */
export function daysBetween(first: string, second: string): number {
  return (utc(second) - utc(first)) / DAY_MS;
}

export function yearOf(date: string): string {
  return date.slice(0, 4);
}

function utc(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}
