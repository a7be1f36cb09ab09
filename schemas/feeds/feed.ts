import { type CodeList, operations } from '../code-lists.ts';

export type Feed = {
  /** Folder name of pushes, part of every key: `enrolment`. */
  readonly name: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly agency: { readonly zh: string; readonly en: string };
  /** `where-declared`: only areas that say so in their settings use it. Default: in use. */
  readonly inUse?: 'where-declared';
  /**
   * Whose rows these are. `reject`: an unusable certificate rejects the row. `keep`: the row is accepted with
   * the certificate's status (the person is insured all the same). `none`: the row has no person block.
   */
  readonly unusableCertificate: 'reject' | 'keep' | 'none';
  /** Of a feed without person block: person_key = `<prefix>:<field>`. */
  readonly personDocument?: { readonly prefix: string; readonly field: string };
  /** Keys of other people the row names; each becomes a lake column after the declared ones. */
  readonly relatives?: readonly { readonly key: string; readonly certType: string; readonly certno: string }[];
  /** All columns, the person block included. */
  readonly columns: readonly Column[];
  /** Fields that say what "the same record" is; `person` stands for the person key. */
  readonly key: readonly string[];
  /** Days between data-as-of and the run's date after which the feed is too old. */
  readonly freshnessDays: number;
};

export type Column = {
  /** Field name of the national platform: on the wire, in the lake. */
  readonly field: string;
  /** Chinese header of the data dictionary. */
  readonly header: string;
  /** Other headers agencies use for it. */
  readonly aliases?: readonly string[];
  readonly type: CellType;
  readonly required?: boolean;
  /** Value of an empty cell and of a missing column. */
  readonly default?: string;
};

/** What a cell means; decides its clean-up, its check, its type in the lake and its page in the docs. */
export type CellType =
  /** Text of at most `max` characters, upper-cased and of the form `pattern` where that is given. Lake: VARCHAR. */
  | { readonly kind: 'text'; readonly max: number; readonly pattern?: string }
  /** A person's name of at most `max` characters: separators unified, blanks inside hanzi removed. Lake: VARCHAR. */
  | { readonly kind: 'name'; readonly max: number }
  /** A certificate number: the person's own or another's (mother, guardian, old number). Lake: VARCHAR. */
  | { readonly kind: 'certificate'; readonly max: number }
  /**
   * A code of a list; the list's texts are accepted beside its codes, short codes are padded with zeros.
   * `unknown: 'keep'` accepts a code outside the list with a warning and keeps it; `keep-subcode` does so when its
   * first `width` digits are on the list; the default ('refuse') rejects the row when the column is required and
   * otherwise drops the value with a warning. Lake: VARCHAR.
   */
  | { readonly kind: 'code'; readonly list: CodeList; readonly unknown: UnknownCode }
  /** Civil date, Asia/Shanghai. `dayZero: 'month-end'` reads day 00 as the last day of the month. Lake: DATE. */
  | { readonly kind: 'date'; readonly dayZero?: 'month-end' }
  /** Date and time, Asia/Shanghai wall clock. Lake: TIMESTAMP. */
  | { readonly kind: 'datetime' }
  /** Yuan in the file, integer fen in the lake. Lake: BIGINT. */
  | { readonly kind: 'amount' }
  /** Whole number. Lake: INTEGER. */
  | { readonly kind: 'integer' }
  /** Four digits. Lake: VARCHAR. */
  | { readonly kind: 'year' }
  /** 1 是 Y are yes; 0 否 N and missing are no. Lake: BOOLEAN. */
  | { readonly kind: 'flag' };

export type CellKind = CellType['kind'];
export type UnknownCode = 'refuse' | 'keep' | 'keep-subcode';

export const text = (max: number): CellType => ({ kind: 'text', max });
export const documentNumber = (pattern: string, max: number): CellType => ({ kind: 'text', max, pattern });
export const name = (max: number): CellType => ({ kind: 'name', max });
export const certificate = (max: number): CellType => ({ kind: 'certificate', max });
export const code = (list: CodeList, unknown: UnknownCode = 'refuse'): CellType => ({ kind: 'code', list, unknown });
export const date: CellType = { kind: 'date' };
export const monthEndDate: CellType = { kind: 'date', dayZero: 'month-end' };
export const datetime: CellType = { kind: 'datetime' };
export const amount: CellType = { kind: 'amount' };
export const integer: CellType = { kind: 'integer' };
export const year: CellType = { kind: 'year' };
export const flag: CellType = { kind: 'flag' };

/** A column of a feed: `column('canc_date', '注销日期', date, { required: true })`. */
export function column(
  field: string,
  header: string,
  type: CellType,
  more: { aliases?: readonly string[]; required?: boolean; default?: string } = {},
): Column {
  return { field, header, type, ...more };
}

/** What a delta carries beside the feed's own columns; no part of the declarations, never in the lake. */
export const operationColumn: Column = column('oper', '操作', code(operations), {
  aliases: ['操作类型', '操作标志'],
  required: true,
});

/** DuckDB type of a column in the lake. */
export function lakeType(type: CellType): string {
  switch (type.kind) {
    case 'date':
      return 'DATE';
    case 'datetime':
      return 'TIMESTAMP';
    case 'amount':
      return 'BIGINT';
    case 'integer':
      return 'INTEGER';
    case 'flag':
      return 'BOOLEAN';
    default:
      return 'VARCHAR';
  }
}
