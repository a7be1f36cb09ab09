import type { Column } from '../../../schemas/feeds/feed.ts';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import type { Person } from '../households.ts';
import type { Cells, FeedName } from '../records.ts';

/** Rows on their way into a file of some format; a cell is text, or a date or number where the format knows them. */
export interface RowSink {
  readonly path: string;
  /** Returns the number Excel shows for the row. */
  put(cells: readonly SinkCell[]): number;
  /** Too much is waiting to be written: await `drained()` before the next row. */
  readonly isFull: boolean;
  drained(): Promise<void>;
  close(): Promise<void>;
}
export type SinkCell = string | number | Date;

/** A row that the hub must reject, drop or accept with an unknown code. */
export type Defect =
  | { readonly feed: FeedName; readonly row: number; readonly kind: 'rejected' | 'warned'; readonly codes: string }
  | { readonly feed: FeedName; readonly row: number; readonly kind: 'duplicated'; readonly first: number };

/** How an agency writes its cells, and what goes wrong while it does. */
export interface Style {
  header(columns: readonly Column[]): string[];
  cells(columns: readonly Column[], values: readonly Value[]): SinkCell[];
  /** A copy of a row, spoilt, and the codes it must be rejected with; seldom. */
  spoilt?(columns: readonly Column[], values: readonly Value[]): { cells: SinkCell[]; codes: string } | undefined;
  /** Whether the row comes a second time. */
  twice?(): boolean;
}
export type Value = string | number | undefined;

/** A file that one agency delivers, written row by row. */
export class FeedFile {
  readonly feed: FeedName;
  readonly sink: RowSink;
  rows = 0;
  readonly #columns: readonly Column[];
  readonly #style: Style;
  readonly #report: ((defect: Defect) => void) | undefined;
  #again: { values: readonly Value[]; first: number } | undefined;

  constructor(feed: FeedName, sink: RowSink, style: Style, report?: (defect: Defect) => void) {
    this.feed = feed;
    this.sink = sink;
    this.#columns = sentColumns(feed);
    this.#style = style;
    this.#report = report;
    sink.put(style.header(this.#columns));
  }

  /** Returns the number Excel shows for the row. */
  write(person: Person, cells: Cells): number {
    const columns = this.#columns;
    const values = columns.map((column) => cellValue(person, cells, column.field));
    const row = this.#put(this.#style.cells(columns, values));
    if (this.#report && columns.some((column, i) => isUnknownCode(column, values[i]))) {
      this.#report({ feed: this.feed, row, kind: 'warned', codes: 'unknown-code' });
    }
    if (this.#again) this.#repeat(this.#again);
    if (this.#style.twice?.()) this.#again = { values, first: row };
    const spoilt = cells.certno === undefined ? this.#style.spoilt?.(columns, values) : undefined;
    if (spoilt) {
      const spoiltRow = this.#put(spoilt.cells);
      this.#report?.({ feed: this.feed, row: spoiltRow, kind: 'rejected', codes: spoilt.codes });
    }
    return row;
  }

  #repeat({ values, first }: { values: readonly Value[]; first: number }): void {
    this.#again = undefined;
    const row = this.#put(this.#style.cells(this.#columns, values));
    this.#report?.({ feed: this.feed, row, kind: 'duplicated', first });
  }

  #put(cells: readonly SinkCell[]): number {
    this.rows++;
    return this.sink.put(cells);
  }
}

/** The columns that the agencies here send, in their order; the person block goes before them. */
const sentFields: Readonly<Record<FeedName, readonly string[]>> = {
  population: ['pop_kind', 'hukou_admdvs', 'live_admdvs', 'household_no', 'pop_stas', 'chg_date', 'former_name'],
  enrolment: [
    'psn_no',
    'insutype',
    'psn_type',
    'psn_insu_stas',
    'psn_clct_stas',
    'insuplc_admdvs',
    'insu_year',
    'psn_insu_date',
    'paus_insu_date',
    'cont_months',
    'emp_name',
    'live_admdvs',
    'grad_schl',
    'schl_admdvs',
  ],
  'premium-payment': [
    'ticket_no',
    'insutype',
    'pay_year',
    'paid_amt',
    'subs_amt',
    'subs_type',
    'pay_date',
    'insuplc_admdvs',
    'refund_flag',
    'orig_ticket_no',
  ],
  settlement: [
    'setl_id',
    'mdtrt_id',
    'refd_setl_flag',
    'orig_setl_id',
    'insutype',
    'fixmedins_code',
    'fixmedins_name',
    'med_type',
    'begndate',
    'enddate',
    'setl_time',
    'medfee_sumamt',
    'inscp_scp_amt',
    'fulamt_ownpay_amt',
    'overlmt_selfpay',
    'preselfpay_amt',
    'act_pay_dedc',
    'hifp_pay',
    'hifmi_pay',
    'hifob_pay',
    'maf_pay',
    'oth_pay',
    'fund_pay_sumamt',
    'psn_part_amt',
    'acct_pay',
    'psn_cash_pay',
    'setl_type',
  ],
  hardship: ['idet_type', 'begn_date', 'end_date', 'family_no', 'idet_admdvs'],
  'rural-monitoring': ['monitor_type', 'risk_stas', 'begn_date', 'end_date', 'household_no', 'admdvs'],
  'death-police': ['canc_type', 'death_date', 'canc_date', 'restored'],
  cremation: ['crem_date', 'death_date', 'crem_no', 'fnrl_home'],
  'policy-roster': [
    'insurer_uscc',
    'product_code',
    'policy_no',
    'policy_sub_no',
    'begn_date',
    'end_date',
    'wait_end',
    'pre_existing',
    'consent_no',
    'consent_begn',
    'consent_end',
    'policy_stas',
  ],
};
const personFields = ['psn_cert_type', 'certno', 'psn_name', 'gend', 'brdy'];

/** Declarations of the columns that are sent, with their headers, aliases and types. */
export function sentColumns(feed: FeedName): Column[] {
  const declared = feedNamed(feed)!.columns;
  return [...personFields, ...sentFields[feed]].map((field) => {
    const column = declared.find((each) => each.field === field);
    if (!column) throw new Error(`${feed} has no column ${field}`);
    return column;
  });
}

/** The value of a cell; the person block is the person's own unless the row has its own. */
function cellValue(person: Person, cells: Cells, field: string): Value {
  const own = cells[field];
  if (own !== undefined) return own;
  switch (field) {
    case 'psn_cert_type':
      return person.certType;
    case 'certno':
      return person.number;
    case 'psn_name':
      return person.name;
    case 'gend':
      return person.sex === 1 ? '1' : '2';
    case 'brdy':
      return person.born;
    default:
      return undefined;
  }
}

/** A code outside its list, in a column that keeps such codes with a warning. */
function isUnknownCode({ type }: Column, value: Value): boolean {
  return type.kind === 'code' && type.unknown === 'keep' && value !== undefined && !(value in type.list.codes);
}
