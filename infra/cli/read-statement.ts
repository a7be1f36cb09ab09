import { CsvError, parse } from 'csv-parse/sync';
import type { z } from 'zod';
import { billParts } from '../../functions/settlement/reconciliation/bill-parts.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { fenOfYuan, yuanOfFen } from '../../schemas/money.ts';
import { type Booked, type StatementOnWire, scopeName } from '../../schemas/reconciliation.ts';
import { readGiven } from './given-file.ts';
import { UsageError } from './usage-error.ts';

/** A statement as the hub takes it, before it is cut into parts. */
export type ReadStatement = Omit<Required<z.input<typeof StatementOnWire>>, 'part' | 'parts'>;

/** The core system's settlement file of a day, with the columns of the `settlement` feed. Names and numbers stay here. */
export async function coreStatements(path: string): Promise<ReadStatement[]> {
  const rows = await readRows(path, settlementHeaders(), ['setl_id', 'medfee_sumamt']);
  return (['0', '1'] as const).map((flag) => {
    const own = rows.filter((row) => flagOf(row) === flag);
    const items = own.map((row) => ({
      setl_id: textOf(row, 'setl_id'),
      amount: yuanOf(row, 'medfee_sumamt'),
      // A column that is there speaks of every bill: nothing in it is 0.
      parts: Object.fromEntries(
        billParts.flatMap((name) => (row[name] === undefined ? [] : [[name, yuanOf(row, name, '0.00')]])),
      ),
    }));
    return whole({ source: 'core', insurer: '', product_code: '', refd_setl_flag: flag, items });
  });
}

/**
 * A clearing statement of a day: `insurer_uscc`, `product_code`, `setl_id`, `policy_no`, `policy_sub_no`,
 * `refd_setl_flag`, `amount`. It speaks of everything: what the hub has booked and it does not name is missing in it.
 */
export async function clearingStatements(path: string, booked: readonly Booked[]): Promise<ReadStatement[]> {
  const required = ['insurer_uscc', 'product_code', 'setl_id', 'policy_no', 'amount'];
  const rows = await readRows(path, clearingHeaders, required);
  const scopeOf = (row: Row) => ({
    ...{ source: 'clearing' as const, insurer: textOf(row, 'insurer_uscc') },
    ...{ product_code: textOf(row, 'product_code'), refd_setl_flag: flagOf(row) },
  });
  const own = Map.groupBy(rows, (row) => scopeName(scopeOf(row)));
  const spokenOf = [...booked.map((one) => ({ source: 'clearing' as const, ...one })), ...rows.map(scopeOf)];
  const scopes = new Map(spokenOf.map((scope) => [scopeName(scope), scope]));
  return [...scopes].map(([name, scope]) => {
    const items = (own.get(name) ?? []).map((row) => ({
      setl_id: textOf(row, 'setl_id'),
      policy_no: textOf(row, 'policy_no'),
      policy_sub_no: row.policy_sub_no ?? '',
      amount: yuanOf(row, 'amount'),
    }));
    return whole({ ...scope, items });
  });
}

type Row = Readonly<Record<string, string | undefined>>;
/** Beside the columns of the file. */
const rowNumber = '#';

function whole(statement: Omit<ReadStatement, 'count' | 'amount'>): ReadStatement {
  const { items } = statement;
  const fen = items.reduce((sum, { amount }) => sum + (fenOfYuan(amount) ?? 0), 0);
  return { ...statement, count: items.length, amount: yuanOfFen(fen) };
}

const flags: Readonly<Record<string, '0' | '1'>> = { '': '0', 0: '0', 否: '0', N: '0', 1: '1', 是: '1', Y: '1' };

function flagOf(row: Row): '0' | '1' {
  const given = row.refd_setl_flag ?? '';
  const flag = flags[given.toUpperCase()];
  if (flag !== undefined) return flag;
  throw wrongCell(row, 'refd_setl_flag', '应为 0 或 1', '0 or 1 is expected');
}

function textOf(row: Row, column: string): string {
  const text = row[column] ?? '';
  if (text !== '') return text;
  throw wrongCell(row, column, '为空', 'it is empty');
}

function yuanOf(row: Row, column: string, empty = ''): string {
  const fen = fenOfYuan((row[column] || empty).trim());
  if (fen !== undefined) return yuanOfFen(fen);
  throw wrongCell(row, column, '不是金额', 'it is no amount');
}

/** Row and column; what stands there may be somebody's name. */
const wrongCell = ({ [rowNumber]: n }: Row, column: string, zh: string, en: string): UsageError =>
  new UsageError(`第 ${n} 行的 ${column} 有误：${zh}`, `Row ${n}, column ${column}: ${en}`);

async function readRows(
  path: string,
  fields: ReadonlyMap<string, string>,
  required: readonly string[],
): Promise<Row[]> {
  const bytes = await readGiven(path);
  let columns: string[] = [];
  const rows = parsed(path, bytes, (head) => {
    columns = head.map((name) => fields.get(name.trim()) ?? name.trim());
    return columns;
  });
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length === 0) return rows;
  const headers = missing.map((column) => [...fields].find(([, field]) => field === column)?.[0] ?? column);
  throw new UsageError(
    `${path} 缺少列：${headers.join('、')}`,
    `${path} has no column ${missing.join(', ')} (${headers.join(', ')})`,
  );
}

function parsed(path: string, bytes: Uint8Array, columns: (head: string[]) => string[]): Row[] {
  try {
    const options = { bom: true, trim: true, skip_empty_lines: true, columns, info: true as const };
    const records = parse(decode(bytes), options) as unknown as { record: Row; info: { lines: number } }[];
    return records.map(({ record, info }) => ({ ...record, [rowNumber]: String(info.lines) }));
  } catch (cause) {
    // A field of the wrong row is in the words of the parser; its line is enough.
    const line = cause instanceof CsvError ? `第 ${String(cause.lines)} 行` : '';
    throw new UsageError(
      `${path} 不是有效的 CSV（UTF-8 或 GB18030）${line}`,
      `${path} is no CSV in UTF-8 or GB18030${line === '' ? '' : `: see line ${String((cause as CsvError).lines)}`}`,
    );
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030', { fatal: true }).decode(bytes);
  }
}

/** Every header that the settlement feed knows → its field, and what the core system noted of the hub's answer. */
function settlementHeaders(): ReadonlyMap<string, string> {
  const columns = feedNamed('settlement')?.columns ?? [];
  const known = columns.flatMap(({ field, header, aliases = [] }) =>
    [header, ...aliases].map((name) => [name, field] as const),
  );
  return new Map([...known, ['商保支付合计', 'insurer_pay_sumamt']]);
}

const clearingHeaders: ReadonlyMap<string, string> = new Map([
  ['保险公司统一社会信用代码', 'insurer_uscc'],
  ['产品编码', 'product_code'],
  ['结算编号', 'setl_id'],
  ['保单号', 'policy_no'],
  ['分单号', 'policy_sub_no'],
  ['退费结算标志', 'refd_setl_flag'],
  ['金额', 'amount'],
  ['清算金额', 'amount'],
]);
