import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { evaluateTask, runPrelude } from '../../functions/crosscheck/evaluate.ts';
import { rules } from '../../functions/crosscheck/rules/register.ts';
import { cleanRows } from '../../functions/intake/cleaning/clean.ts';
import { readDelivery } from '../../functions/intake/reading/read-delivery.ts';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';
import { feedNames } from '../../infra/county/records.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { defaultSettings as settings } from '../../schemas/settings.ts';
import { asOf, countyOf, temporaryFolder } from './county-files.ts';

it.each(['plain', 'messy'] as const)(
  'the rules find in a %s county what was planted and nothing else',
  async (form) => {
    const { folder } = await countyOf({ people: 4_200, form, seed: 21, truth: true });
    const work = temporaryFolder();
    const db = await openDatabase({ memoryMb: 1_000, threads: 2, tempDir: work });
    try {
      const rejected = await takeIn(db, folder, work);
      expect(rejected.toSorted()).toEqual(
        truth(folder, 'rejects')
          .map((row) => Object.values(row).join(' '))
          .toSorted(),
      );
      const owners = ownersOfRows(folder);
      const found = (await findings(db, work)).map((finding) => ({
        ...finding,
        person: owners.get(finding.rows.split(' ')[0]!),
      }));
      const planted = truth(folder, 'findings').map((row) => ({ ...row, person: row.person_id }));
      expect(found.map(inOneLine).toSorted()).toEqual(planted.map(inOneLine).toSorted());
    } finally {
      db.close();
    }
  },
);

type Row = Record<string, string | number | null | undefined>;

/** What must agree of a finding: whose, by which rule, how urgent, about how much money, why. */
function inOneLine({ rule, person, priority, amount_fen, facts }: Row): string {
  const { cause = '' } = JSON.parse(String(facts)) as { cause?: string };
  return [rule, person, priority, amount_fen ?? '', cause].join(' ');
}

/** Reads and cleans every file into a Parquet file of its feed; returns the rejected rows. */
async function takeIn(db: Database, folder: string, work: string): Promise<string[]> {
  const rejected: string[] = [];
  for (const name of feedNames) {
    const feed = feedNamed(name)!;
    const file = readdirSync(folder).find((each) => each.startsWith(`${name}.`))!;
    const read = await readDelivery(db, { path: join(folder, file), name: file }, feed, settings.intake.limits, work);
    if (isRefusal(read)) throw new Error(read.code);
    await cleanRows(db, feed, read, settings);
    for (const [part, where] of [
      ['keyed', 'h IS NOT NULL'],
      ['unkeyed', 'h IS NULL'],
    ]) {
      await db.run(
        `COPY (SELECT * FROM accepted WHERE ${where}) TO '${work}/${name}-${part}.parquet' (FORMAT parquet)`,
      );
    }
    const issues = await db.all<{ row: number; codes: string }>(
      `SELECT row_no AS row, string_agg(code, ' ' ORDER BY code) AS codes FROM row_issues WHERE severity = 'reject' GROUP BY ALL`,
    );
    rejected.push(...issues.map(({ row, codes }) => [name, row, codes].join(' ')));
    await db.run('DROP TABLE raw; DROP TABLE accepted; DROP TABLE row_issues');
  }
  return rejected;
}

async function findings(db: Database, work: string): Promise<(Row & { rows: string })[]> {
  const inputs = {
    asOf,
    year: asOf.slice(0, 4),
    settings,
    range: { from: 0, to: 0xffff },
    feeds: Object.fromEntries(
      feedNames.map((name) => [
        name,
        {
          snapshotId: name,
          dataAsOf: asOf,
          files: [`${work}/${name}-keyed.parquet`],
          ...(name === 'enrolment' ? { unkeyed: `${work}/${name}-unkeyed.parquet` } : {}),
        },
      ]),
    ),
    snapshotDates: {},
    evaluated: rules.map(({ code }) => ({ rule: code, cause: null })),
  };
  const select = 'SELECT rule, rows, amount_fen, priority, facts FROM findings';
  await runPrelude(db, inputs);
  const across = await db.all<Row & { rows: string }>(select);
  await db.run(`COPY matches TO '${work}/matches.parquet' (FORMAT parquet)`);
  await evaluateTask(db, { ...inputs, matches: `${work}/matches.parquet` });
  return [...across, ...(await db.all<Row & { rows: string }>(select))];
}

function truth(folder: string, name: string): Record<string, string>[] {
  return parse(readFileSync(join(folder, 'truth', `${name}.csv`)), { columns: true });
}

function ownersOfRows(folder: string): Map<string, string> {
  return new Map(
    truth(folder, 'persons').flatMap(({ person_id, rows }) =>
      rows!.split(' ').map((row) => [row, person_id!] as const),
    ),
  );
}
