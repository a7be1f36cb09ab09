import type { Column } from '../../../schemas/feeds/feed.ts';
import { withCheck, withDigit } from '../certificates.ts';
import { isoDate } from '../civil-days.ts';
import type { Dice } from '../dice.ts';
import type { SinkCell, Style, Value } from './feed-file.ts';
import { plainText } from './plain-style.ts';

export type Habits = {
  /** Field → header this agency uses instead of the dictionary's. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** How this agency writes most of its dates. */
  readonly date?: DateForm;
  /** Columns of its own beside the agreed ones. */
  readonly ownColumns?: boolean;
  /** Writes dates as Excel dates. */
  readonly excelDates?: boolean;
};
export type DateForm = keyof typeof dateForms;

/**
 * Rows as offices really send them: habits that hold for the whole file, slips in every ninth row that clean-up must
 * undo, and now and then a row that comes twice or is spoilt.
 */
export class UntidyStyle implements Style {
  readonly #dice: Dice;
  readonly #habits: Habits;
  #serial = 0;
  #rowsSinceSpoilt = 0;

  constructor(dice: Dice, habits: Habits) {
    this.#dice = dice;
    this.#habits = habits;
  }

  header(columns: readonly Column[]): string[] {
    const { aliases = {}, ownColumns } = this.#habits;
    const headers = columns.map((column) => aliases[column.field] ?? column.header);
    return ownColumns ? ['序号', ...headers, '备注'] : headers;
  }

  cells(columns: readonly Column[], values: readonly Value[]): SinkCell[] {
    this.#rowsSinceSpoilt++;
    const slips = this.#dice.chance(1 / 9);
    const cells = columns.map((column, i) => (slips ? this.#slip(column, values[i]) : this.#habit(column, values[i])));
    return this.#withOwnColumns(cells);
  }

  twice(): boolean {
    return this.#dice.chance(0.0008);
  }

  /** At most every fortieth row: a file with more than a tenth of its rows rejected would be refused as a whole. */
  spoilt(columns: readonly Column[], values: readonly Value[]): { cells: SinkCell[]; codes: string } | undefined {
    if (this.#rowsSinceSpoilt < 40 || !this.#dice.chance(0.0012)) return undefined;
    this.#rowsSinceSpoilt = 0;
    const enrolment = columns.some((column) => column.field === 'psn_no');
    const kinds = spoilers.filter((spoiler) => !(enrolment && spoiler.certificate));
    const spoiler = this.#dice.pick(kinds);
    const cells = columns.map((column, i) => this.#habit(column, values[i]));
    const place = columns.findIndex(spoiler.where);
    const number = String(values[columns.findIndex((column) => column.field === 'certno')]);
    if (place < 0 || !/^\d{17}[\dX]$/.test(number)) return undefined;
    cells[place] = spoiler.cell(number, this.#dice);
    return { cells: this.#withOwnColumns(cells), codes: spoiler.code };
  }

  #withOwnColumns(cells: SinkCell[]): SinkCell[] {
    if (!this.#habits.ownColumns) return cells;
    this.#serial++;
    const remark = this.#dice.chance(0.002) ? '复核\n已核' : this.#dice.chance(0.01) ? '"已核对",请查' : '';
    return [String(this.#serial), ...cells, remark];
  }

  #habit(column: Column, value: Value): SinkCell {
    if (typeof value === 'number' && column.type.kind === 'date') {
      if (this.#habits.excelDates) return new Date(value * 86_400_000);
      return dateForms[this.#habits.date ?? 'iso'](isoDate(value));
    }
    if (column.field === 'gend') return value === '1' ? '男' : '女';
    return plainText(column, value);
  }

  #slip(column: Column, value: Value): SinkCell {
    const dice = this.#dice;
    const text = plainText(column, value);
    if (value === undefined) return dice.pick(['', '', '', '无', '/', '-', 'NULL', 'null', ' ']);
    switch (column.type.kind) {
      case 'date':
        return typeof value === 'number' ? dice.pick(Object.values(dateForms))(text) : text;
      case 'amount':
        return dice.pick([text, `¥${text}`, `￥${text}`, `${text}元`, withThousands(text), text.replace(/\.00$/, '')]);
      case 'name':
        return slippedName(text, dice);
      case 'certificate':
        return dice.pick([
          text,
          `'${text}`,
          `${text} `,
          `\u3000${text}`,
          `\u00A0${text}`,
          text.replace(/X$/, 'x'),
          fullWidth(text),
        ]);
      case 'code':
        return dice.pick([
          text,
          column.type.list.codes[String(value)] ?? text,
          /^0\d$/.test(text) ? text.slice(1) : text,
        ]);
      case 'flag':
        return dice.pick(['1', '是', 'Y']);
      case 'text':
        return dice.chance(0.3) ? `${text}  ` : text;
      default:
        return text;
    }
  }
}

const dateForms = {
  iso: (iso: string) => iso,
  compact: (iso: string) => iso.replaceAll('-', ''),
  slashes: (iso: string) => shortened(iso).join('/'),
  dots: (iso: string) => shortened(iso).join('.'),
  chinese: (iso: string) =>
    shortened(iso)
      .map((part, i) => part + '年月日'[i])
      .join(''),
  midnight: (iso: string) => `${iso} 00:00:00`,
} as const;

type Spoiler = {
  readonly code: string;
  /** The defect is in the certificate, which does not reject a row of the enrolment register. */
  readonly certificate?: boolean;
  readonly where: (column: Column) => boolean;
  readonly cell: (number: string, dice: Dice) => string;
};

const certno = (column: Column): boolean => column.field === 'certno';
const psnName = (column: Column): boolean => column.field === 'psn_name';
const required = (kind: Column['type']['kind']) => (column: Column) =>
  column.type.kind === kind && column.required === true && column.field !== 'brdy' && column.field !== 'gend';

const spoilers: readonly Spoiler[] = [
  { code: 'bad-check-digit', certificate: true, where: certno, cell: (n, dice) => unlikeExcel(withDigit(n, 17, dice)) },
  {
    code: 'bad-birth-date',
    certificate: true,
    where: certno,
    cell: (n) => withCheck(`${n.slice(0, 10)}1332${n.slice(14, 17)}`),
  },
  { code: 'bad-length', certificate: true, where: certno, cell: (n) => n.slice(0, 17) },
  { code: 'excel-damaged', certificate: true, where: certno, cell: () => '5.00299E+17' },
  {
    code: 'placeholder',
    certificate: true,
    where: certno,
    cell: (_, dice) => dice.pick(['111111111111111111', '123456789012345678']),
  },
  { code: 'missing', certificate: true, where: certno, cell: () => '' },
  { code: 'missing', where: psnName, cell: () => '' },
  { code: 'too-long', where: psnName, cell: () => '长'.repeat(51) },
  { code: 'not-text', where: psnName, cell: () => '李\u0007某' },
  { code: 'bad-date', where: required('date'), cell: () => '2022-13-45' },
  { code: 'bad-amount', where: required('amount'), cell: (_, dice) => dice.pick(['12.345', '三百二十']) },
  { code: 'unknown-code', where: required('code'), cell: () => '不详' },
];

function slippedName(text: string, dice: Dice): string {
  if (/^\p{Script=Han}{2}$/u.test(text) && dice.chance(0.5)) return [...text].join('\u3000');
  if (text.includes('·')) return text.replace('·', dice.pick(['•', '‧', '・', '.', '．']));
  return dice.chance(0.3) ? `${text} ` : text;
}

function unlikeExcel(number: string): string {
  return number.endsWith('000') ? `${number.slice(0, 17)}1` : number;
}

function shortened(iso: string): string[] {
  return iso.split('-').map((part, i) => (i === 0 ? part : String(Number(part))));
}

function withThousands(yuan: string): string {
  return yuan.replace(/\B(?=(\d{3})+\.)/g, ',');
}

function fullWidth(text: string): string {
  return text.replace(/[0-9X]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
}
