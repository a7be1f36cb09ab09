import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type ReadResult, readDelivery } from '../../../functions/intake/reading/read-delivery.ts';
import { type Database, openDatabase } from '../../../functions/runtime/duckdb.ts';
import type { Refusal } from '../../../schemas/errors.ts';
import { amount, certificate, column, date, type Feed, flag, name, text } from '../../../schemas/feeds/feed.ts';
import { defaultSettings, type ReadLimits } from '../../../schemas/settings.ts';

/** A feed with one column of each kind that reading treats differently: required, optional, with an alias. */
export const feed: Feed = {
  name: 'aid',
  title: { zh: '救助', en: 'Aid' },
  agency: { zh: '民政局', en: 'Civil affairs' },
  unusableCertificate: 'reject',
  columns: [
    column('certno', '证件号码', certificate(50), { aliases: ['身份证号', '公民身份号码'], required: true }),
    column('psn_name', '姓名', name(50), { aliases: ['人员姓名'], required: true }),
    column('begn_date', '认定日期', date),
    column('paid_amt', '实缴金额', amount),
    column('refund_flag', '退费标志', flag),
    column('emp_name', '单位名称（全称）', text(200)),
  ],
  key: ['person'],
  freshnessDays: 30,
};

export const limits: ReadLimits = defaultSettings.intake.limits;

export type Row = Record<string, string | number | null>;
export type Reading = { result: ReadResult | Refusal; rows: Row[] };

/** A database and a folder for the tests of one file; `read` takes bytes as an agency would send them. */
export function useReading() {
  const folder = mkdtempSync(join(tmpdir(), 'canbao-read-'));
  let db: Database;
  let files = 0;
  beforeAll(async () => {
    db = await openDatabase({ memoryMb: 512, threads: 2, tempDir: join(folder, 'spill') });
  });
  afterAll(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const file = (content: string | Uint8Array): string => {
    const path = join(folder, `file-${files++}`);
    writeFileSync(path, content);
    return path;
  };
  const rows = () => db.all<Row>('SELECT * FROM raw ORDER BY row_no');
  return {
    db: () => db,
    folder,
    file,
    rows,
    async read(content: string | Uint8Array, options: { name?: string; limits?: Partial<ReadLimits> } = {}) {
      const path = file(content);
      const source = { path, name: options.name ?? 'aid.csv' };
      const result = await readDelivery(db, source, feed, { ...limits, ...options.limits }, join(folder, 'temp'));
      rmSync(path);
      // A large reading is looked at in SQL.
      return { result, rows: result.kind === 'read' && result.rows < 10_000 ? await rows() : [] };
    },
  };
}

/** Rows as short lines, for expectations: `2: 990101… 张三`. */
export function lines(reading: Reading): string[] {
  if (reading.result.kind === 'refusal') throw new Error(`refused: ${JSON.stringify(reading.result)}`);
  return reading.rows.map(({ row_no, defect, ...cells }) =>
    [`${row_no}:`, ...(defect ? [`(${defect})`] : []), ...Object.values(cells).map((cell) => cell ?? '∅')].join(' '),
  );
}
