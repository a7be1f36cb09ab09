/** An instant as the clock on the wall in Shanghai shows it; nothing for nothing. */
export function wallTime(instant: string | undefined): string {
  if (instant === undefined) return '';
  const shanghai = new Date(Date.parse(instant) + 8 * 3_600_000).toISOString();
  return `${shanghai.slice(0, 10)} ${shanghai.slice(11, 19)}`;
}
