/** Money is integer fen inside, decimal yuan with two digits on the wire. */
import { z } from 'zod';

/** Amounts as people write them: `1234.5`, `¥1,234.50`, `-20元`, `.50`; for JavaScript and RE2 alike. */
export const YUAN_PATTERN =
  '(?:-?[¥￥]? *|[¥￥] *-)(?:(?:[0-9]{1,13}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:[.][0-9]{1,2})?|[.][0-9]{1,2}) *元?';

/** Fen of an amount in yuan; undefined for what is none, more than two decimals included (never rounded). */
export function fenOfYuan(yuan: string): number | undefined {
  if (!new RegExp(`^${YUAN_PATTERN}$`, 'u').test(yuan)) return undefined;
  return fenOfDigits(yuan);
}

function fenOfDigits(yuan: string): number {
  const [whole, decimals = ''] = yuan.replace(/[^0-9.]/g, '').split('.') as [string, string?];
  const fen = Number(whole) * 100 + Number(decimals.padEnd(2, '0'));
  return yuan.includes('-') && fen !== 0 ? -fen : fen;
}

/** `-1234.50` of -123450. */
export function yuanOfFen(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0');
  return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * An amount on the wire: a decimal string such as `"1234.50"`, up to two decimals, at most 10^13 yuan; integer fen
 * inside. A JSON number is refused: not every decimal has one.
 */
export const Yuan = z.codec(
  z.string().regex(/^-?(?:(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,2})?|10000000000000(?:\.00?)?)$/, {
    error: '应为字符串形式的金额，至多两位小数，如 "1234.50" · an amount as text with at most two decimals',
  }),
  z.int(),
  { decode: fenOfDigits, encode: (fen) => yuanOfFen(fen) },
);

/** An amount as the hub writes it: two decimals. */
export const YuanText = z.string().regex(/^-?\d+\.\d{2}$/);
