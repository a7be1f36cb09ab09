import type { Column } from '../../../schemas/feeds/feed.ts';

/**
 * The data dictionary's clean-up once more, character by character in plain TypeScript: slow, and written from the text
 * alone, so that the SQL has something to agree with.
 */
export type Judged = { value: string | number | boolean | null; codes: string[] };

export function judgeCell(column: Column, sent: string): Judged {
  const cell = tidy(sent, column);
  if (cell === null) {
    return { value: column.type.kind === 'flag' ? false : null, codes: column.required ? ['!missing'] : [] };
  }
  const judged = judgeValue(column, cell);
  const codes = [...judged.codes];
  const checksText = 'max' in column.type || codes.length > 0;
  if (checksText && characters(cell).some(isControl)) codes.push('!not-text');
  if ('max' in column.type) {
    if (characters(cell).length > column.type.max) codes.push('!too-long');
    if (characters(cell).some(isPrivate)) codes.push('private-use-character');
  }
  return { value: judged.value, codes: codes.sort() };
}

function judgeValue({ type, required }: Column, cell: string): Judged {
  switch (type.kind) {
    case 'code': {
      const padded = /^\d+$/.test(cell) ? cell.padStart(type.list.width ?? 0, '0') : cell;
      const byText = {
        ...type.list.synonyms,
        ...Object.fromEntries(Object.entries(type.list.codes).map(([c, t]) => [t, c])),
      };
      const code = padded in type.list.codes ? padded : byText[padded];
      if (code !== undefined) return { value: code, codes: [] };
      const group = padded.slice(0, type.list.width) in type.list.codes && /^\d+$/.test(padded);
      const kept = type.unknown === 'keep' || (type.unknown === 'keep-subcode' && group);
      const rejects = required && type.unknown === 'refuse';
      return { value: kept ? padded : null, codes: [rejects ? '!unknown-code' : 'unknown-code'] };
    }
    case 'date':
      return found(readDate(cell, type.dayZero === 'month-end'), '!bad-date');
    case 'amount':
      return found(readFen(cell), '!bad-amount');
    case 'integer':
      return found(/^-?\d{1,9}(\.0+)?$/.test(cell) ? Number(cell) + 0 : null, '!bad-amount');
    case 'year': {
      const digits = cell.replace(/年度?$/, '');
      return found(/^\d{4}$/.test(digits) && Number(digits) >= 1800 ? digits : null, '!bad-date');
    }
    case 'flag': {
      if (['1', '是', 'Y', 'y'].includes(cell)) return { value: true, codes: [] };
      return { value: false, codes: ['0', '否', 'N', 'n'].includes(cell) ? [] : ['unknown-code'] };
    }
    default:
      return { value: cell, codes: [] };
  }
}

function tidy(sent: string, { type }: Column): string | null {
  let rest = characters(sent)
    .map(halfWidth)
    .filter((c) => !isInvisible(c));
  const trim = () => {
    while (rest.length > 0 && isBlank(rest[0]!)) rest = rest.slice(1);
    while (rest.length > 0 && isBlank(rest.at(-1)!)) rest = rest.slice(0, -1);
  };
  trim();
  if (rest[0] === "'") rest = rest.slice(1);
  trim();
  let cell = rest.join('');
  if (['', 'null', 'NULL', '无', '-', '/'].includes(cell)) return null;
  if (type.kind === 'text' || type.kind === 'name') cell = cell.split(/[\t\r\n]+/).join(' ');
  if (type.kind === 'certificate' && rest.length === 18 && cell.endsWith('x')) cell = `${cell.slice(0, -1)}X`;
  if (type.kind === 'name') cell = tidyName(cell);
  return cell;
}

function tidyName(cell: string): string {
  const only = characters(cell).every((c) => isHanzi(c) || isDot(c) || isBlank(c));
  const rest = characters(cell).filter((c) => !only || !isBlank(c));
  return rest.map((c, i) => (isDot(c) && isHanzi(rest[i - 1] ?? '') && isHanzi(rest[i + 1] ?? '') ? '·' : c)).join('');
}

function readDate(cell: string, monthEnd: boolean): string | null {
  const [, y, m, d] =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日?|(?:日|[ T]) *(?:\d|[01]\d|2[0-4])(?:[:时][0-5]?\d(?:[:分](?:[0-5]?\d(?:\.\d+)?)?秒?)?)?)$/.exec(
      cell,
    ) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(cell) ??
    [];
  if (y === undefined || Number(y) < 1800) return null;
  const [year, month, day] = [Number(y), Number(m), Number(d)];
  const last = month >= 1 && month <= 12 ? new Date(Date.UTC(year, month, 0)).getUTCDate() : 0;
  if (day === 0 ? !monthEnd || last === 0 : day > last) return null;
  return `${y}-${String(month).padStart(2, '0')}-${String(day === 0 ? last : day).padStart(2, '0')}`;
}

function readFen(cell: string): number | null {
  const shape = cell.replace(/^(-?[¥￥]? *|[¥￥] *-)/, (sign) => (sign.includes('-') ? '-' : '')).replace(/ *元?$/, '');
  const negative = shape.startsWith('-');
  const [whole = '', decimals, more] = (negative ? shape.slice(1) : shape).split('.');
  const groups = whole.split(',');
  const grouped =
    groups.length === 1 || (groups.every((g, i) => (i === 0 ? g.length <= 3 : g.length === 3)) && groups.length <= 5);
  const digits = groups.join('');
  if (more !== undefined || !grouped || !/^\d{0,15}$/.test(digits) || (groups.length === 1 && digits.length > 13))
    return null;
  if (groups[0] === '' && (groups.length > 1 || decimals === undefined)) return null;
  if (decimals !== undefined && !/^\d\d?$/.test(decimals)) return null;
  const fen = Number(digits) * 100 + Number((decimals ?? '').padEnd(2, '0'));
  return negative ? -fen + 0 : fen;
}

const found = (value: string | number | null, code: string): Judged => ({ value, codes: value === null ? [code] : [] });
const characters = (text: string) => Array.from(text);
const between = (c: string, first: number, last: number) =>
  c !== '' && c.codePointAt(0)! >= first && c.codePointAt(0)! <= last;
const isHanzi = (c: string) =>
  between(c, 0x4e00, 0x9fff) ||
  between(c, 0x3400, 0x4dbf) ||
  between(c, 0xf900, 0xfaff) ||
  between(c, 0x20000, 0x3fffd) ||
  c === '〇' ||
  c === '々';
const isDot = (c: string) => c !== '' && '·•‧⋅∙·・･．.'.includes(c);
const isBlank = (c: string) => /^[\s\u0085]$/u.test(c) && c !== '\ufeff';
const isInvisible = (c: string) => /^[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]$/u.test(c);
const isControl = (c: string) =>
  (/^\p{Cc}$/u.test(c) && !'\t\r\n'.includes(c)) || ['\ufffd', '\ufffe', '\uffff'].includes(c);
const isPrivate = (c: string) => /^\p{Co}$/u.test(c);
const halfWidth = (c: string) => (/^[０-９Ａ-Ｚａ-ｚ]$/u.test(c) ? c.normalize('NFKC') : c);
