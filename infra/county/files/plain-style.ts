import type { CellType, Column } from '../../../schemas/feeds/feed.ts';
import { isoDate } from '../civil-days.ts';
import type { Style, Value } from './feed-file.ts';

/** Clean cells: ISO dates, yuan with two decimals, codes as they are, categories by their Chinese names. */
export const plainStyle: Style = {
  header: (columns) => columns.map((column) => column.header),
  cells: (columns, values) => columns.map((column, i) => plainText(column, values[i])),
};

export function plainText({ type }: Column, value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return type.kind === 'code' ? codeText(type, value) : value;
  switch (type.kind) {
    case 'date':
      return isoDate(value);
    case 'datetime':
      return `${isoDate(Math.floor(value / 86_400))} ${timeOfDay(value % 86_400)}`;
    case 'amount':
      return yuan(value);
    default:
      return String(value);
  }
}

export function yuan(fen: number): string {
  const whole = Math.abs(fen);
  const cents = whole % 100;
  return `${fen < 0 ? '-' : ''}${(whole - cents) / 100}.${cents < 10 ? '0' : ''}${cents}`;
}

/** Lists whose codes are words exist only inside the hub; agencies write the names. */
function codeText({ list }: CellType & { kind: 'code' }, code: string): string {
  return /^[a-z]/.test(code) ? (list.codes[code] ?? code) : code;
}

function timeOfDay(seconds: number): string {
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':');
}
