import type { RowCodeText } from '../../schemas/errors.ts';
import { type Feed, operationColumn } from '../../schemas/feeds/feed.ts';
import type { Database } from '../runtime/duckdb.ts';
import { lakeSelect, rowKeySql } from './content.ts';

/** Remarks that only rows of a delta get; all are warnings. */
export const deltaCodes = {
  'insert-of-existing': {
    zh: '新增的记录已存在，按修改处理',
    en: 'The inserted record exists already and was updated.',
    advice: { zh: '请核对操作类型。', en: 'Check the operation.' },
    severity: 'warning',
  },
  'update-of-absent': {
    zh: '修改的记录不存在，按新增处理',
    en: 'The updated record does not exist and was inserted.',
    advice: { zh: '请核对操作类型与业务主键。', en: 'Check the operation and the row key.' },
    severity: 'warning',
  },
  'delete-of-absent': {
    zh: '删除的记录不存在，已忽略',
    en: 'The withdrawn record does not exist; nothing was withdrawn.',
    advice: { zh: '请核对业务主键。', en: 'Check the row key.' },
    severity: 'warning',
  },
} as const satisfies Record<string, RowCodeText>;

/** The feed as its deltas are declared: with the operation of each row. */
export const asDelta = (feed: Feed): Feed => ({ ...feed, columns: [...feed.columns, operationColumn] });

/**
 * Makes `content` = `base` with the clean rows of a delta (`accepted`) applied in the order of the file, by row key:
 * the last row of a key decides. Adds the remarks on inserts of what exists and on updates and withdrawals of what
 * does not to `row_issues`.
 */
export async function applyDelta(db: Database, feed: Feed, sequence: number): Promise<void> {
  const oper = operationColumn.field;
  await db.run(`
    CREATE OR REPLACE TABLE changes AS
      WITH keyed AS (SELECT *, ${rowKeySql(feed, 'a')} AS row_key FROM accepted a),
           present AS (SELECT DISTINCT ${rowKeySql(feed, 'b')} AS row_key FROM base b)
      SELECT keyed.*,
        row_no = max(row_no) OVER (PARTITION BY row_key) AS decides,
        CASE lag("${oper}") OVER (PARTITION BY row_key ORDER BY row_no)
          WHEN 'D' THEN false WHEN 'I' THEN true WHEN 'U' THEN true
          ELSE row_key IN (SELECT row_key FROM present) END AS existed
      FROM keyed`);
  // Operations on one key follow each other in a delta: that is no conflict between rows. Remarks of an earlier
  // application, to content that was replaced meanwhile, go too.
  const codes = ['duplicate-key', ...Object.keys(deltaCodes)].map((code) => `'${code}'`);
  await db.run(`DELETE FROM row_issues WHERE code IN (${codes})`);
  await db.run(`
    INSERT INTO row_issues (row_no, severity, code, field, header, value)
      SELECT row_no, 'warning',
        CASE "${oper}" WHEN 'I' THEN 'insert-of-existing' WHEN 'U' THEN 'update-of-absent' ELSE 'delete-of-absent' END,
        '${oper}', '${operationColumn.header}', "${oper}"
      FROM changes WHERE existed = ("${oper}" = 'I')`);
  await db.run(`
    CREATE OR REPLACE VIEW content AS
      SELECT ${lakeSelect(feed, 'b')} FROM base b
        ANTI JOIN changes ON changes.row_key = ${rowKeySql(feed, 'b')}
      UNION ALL
      SELECT ${lakeSelect(feed, 'c', { seq: String(sequence) })} FROM changes c
        WHERE c.decides AND c."${oper}" <> 'D'`);
}
