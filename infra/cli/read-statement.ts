import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { billParts } from '../../functions/settlement/reconciliation/bill-parts.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { fenOfYuan, yuanOfFen } from '../../schemas/money.ts';
import { UsageError } from './usage-error.ts';

export type ReadStatement = {
  readonly source: 'core' | 'clearing';
  readonly insurer: string;
  readonly product_code: string;
  readonly refd_setl_flag: '0' | '1';
  readonly count: number;
  readonly amount: string;
  readonly items: readonly StatementLine[];
};
type StatementLine = {
  readonly setl_id: string;
  readonly policy_no?: string;
  readonly policy_sub_no?: string;
  readonly amount: string;
  readonly parts?: Readonly<Record<string, string>>;
};

/** The core system's settlement file of a day, with the columns of the `settlement` feed. Names and numbers stay here. */
export async function coreStatements(path: string): Promise<ReadStatement[]> {
  const rows = await readRows(path, settlementHeaders());
  return (['0', '1'] as const).map((flag) => {
    const own = rows.filter((row) => flagOf(row) === flag);
    const items = own.map((row) => ({
      setl_id: row.setl_id ?? '',
      amount: yuanOf(row, 'medfee_sumamt'),
      parts: Object.fromEntries(billParts.filter((name) => row[name]).map((name) => [name, yuanOf(row, name)])),
    }));
    return whole({ source: 'core', insurer: '', product_code: '', refd_setl_flag: flag, items });
  });
}

type Booked = { readonly insurer: string; readonly product_code: string; readonly refd_setl_flag: '0' | '1' };

/**
 * A clearing statement of a day: `insurer_uscc`, `product_code`, `setl_id`, `policy_no`, `policy_sub_no`,
 * `refd_setl_flag`, `amount`. It speaks of everything: what the hub has booked and it does not name is missing in it.
 */
export async function clearingStatements(path: string, booked: readonly Booked[]): Promise<ReadStatement[]> {
  const rows = await readRows(path, clearingHeaders);
  const scopes = [
    ...booked,
    ...rows.map((row) => ({
      insurer: row.insurer_uscc ?? '',
      product_code: row.product_code ?? '',
      refd_setl_flag: flagOf(row),
    })),
  ];
  const nameOf = (scope: Booked) => `${scope.insurer}#${scope.product_code}#${scope.refd_setl_flag}`;
  return [...new Map(scopes.map((scope) => [nameOf(scope), scope])).values()].map((scope) => {
    const own = rows.filter((row) => {
      const { insurer_uscc: insurer = '', product_code = '' } = row;
      return nameOf({ insurer, product_code, refd_setl_flag: flagOf(row) }) === nameOf(scope);
    });
    const items = own.map((row) => ({
      setl_id: row.setl_id ?? '',
      policy_no: row.policy_no ?? '',
      policy_sub_no: row.policy_sub_no ?? '',
      amount: yuanOf(row, 'amount'),
    }));
    return whole({ source: 'clearing', ...scope, items });
  });
}

type Row = Readonly<Record<string, string | undefined>>;

function whole(statement: Omit<ReadStatement, 'count' | 'amount'>): ReadStatement {
  const { items } = statement;
  const fen = items.reduce((sum, { amount }) => sum + (fenOfYuan(amount) ?? 0), 0);
  return { ...statement, count: items.length, amount: yuanOfFen(fen) };
}

const flagOf = ({ refd_setl_flag = '' }: Row): '0' | '1' => (['1', '是', 'Y'].includes(refd_setl_flag) ? '1' : '0');

function yuanOf(row: Row, column: string): string {
  const fen = fenOfYuan(row[column] ?? '');
  if (fen !== undefined) return yuanOfFen(fen);
  throw new UsageError(
    `${row.setl_id ?? ''} 的 ${column} 不是金额`,
    `${column} of settlement ${row.setl_id ?? ''} is no amount`,
  );
}

async function readRows(path: string, fields: ReadonlyMap<string, string>): Promise<Row[]> {
  const bytes = await readFile(path).catch(() => {
    throw new UsageError(`无法读取文件 ${path}`, `The file ${path} cannot be read`);
  });
  const rows = parse(decode(bytes), {
    bom: true,
    trim: true,
    skip_empty_lines: true,
    columns: (head: string[]) => head.map((name) => fields.get(name.trim()) ?? name.trim()),
  }) as Row[];
  if (rows.length > 0 && rows[0]!.setl_id === undefined)
    throw new UsageError(`${path} 缺少结算编号列`, `${path} has no column setl_id (结算编号)`);
  return rows;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030', { fatal: true }).decode(bytes);
  }
}

/** Every header that the settlement feed knows → its field. */
function settlementHeaders(): ReadonlyMap<string, string> {
  const columns = feedNamed('settlement')?.columns ?? [];
  return new Map(
    columns.flatMap(({ field, header, aliases = [] }) => [header, ...aliases].map((name) => [name, field] as const)),
  );
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
