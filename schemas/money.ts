/** Money is integer fen inside, decimal yuan with two digits on the wire. */

/** Amounts as people write them: `1234.5`, `¥1,234.50`, `-20元`, `.50`; for JavaScript and RE2 alike. */
export const YUAN_PATTERN =
  '(?:-?[¥￥]? *|[¥￥] *-)(?:(?:[0-9]{1,13}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:[.][0-9]{1,2})?|[.][0-9]{1,2}) *元?';

/** Fen of an amount in yuan; undefined for what is none, more than two decimals included (never rounded). */
export function fenOfYuan(yuan: string): number | undefined {
  if (!new RegExp(`^${YUAN_PATTERN}$`, 'u').test(yuan)) return undefined;
  const [whole, decimals = ''] = yuan.replace(/[^0-9.]/g, '').split('.') as [string, string?];
  const fen = Number(whole) * 100 + Number(decimals.padEnd(2, '0'));
  return yuan.includes('-') && fen !== 0 ? -fen : fen;
}

/** `-1234.50` of -123450. */
export function yuanOfFen(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0');
  return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
