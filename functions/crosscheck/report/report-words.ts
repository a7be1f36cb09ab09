const grouped = new Intl.NumberFormat('en-US');

/** 12,345 */
export const whole = (count: number): string => grouped.format(count);

/** A share of 1 as percent with two decimals, cut and never rounded: 99.996% is not 100%. `—` for nothing to count. */
export function percent(rate: number | null): string {
  if (rate === null) return '—';
  const hundredths = Math.floor(rate * 10_000 + 1e-6);
  const digits = hundredths % 100 === 0 ? 0 : hundredths % 10 === 0 ? 1 : 2;
  return `${(hundredths / 100).toFixed(digits)}%`;
}

export const townshipName = ({ township, name }: { township: string; name: string | null }): string =>
  name ?? (township === 'unknown' ? '乡镇不明' : township);
