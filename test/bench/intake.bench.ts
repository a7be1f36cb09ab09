import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { parse } from 'csv-parse';
import { streamXlsxRows, writeXlsxStream } from 'hucre/xlsx';
import iconv from 'iconv-lite';
import { cleanRows } from '../../functions/intake/cleaning/clean.ts';
import { lakeSelect } from '../../functions/intake/content.ts';
import { readDelivery } from '../../functions/intake/reading/read-delivery.ts';
import { writeSnapshotFiles } from '../../functions/intake/snapshot.ts';
import type { Database } from '../../functions/runtime/duckdb.ts';
import { isRefusal } from '../../schemas/errors.ts';
import type { Feed } from '../../schemas/feeds/feed.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { Settings } from '../../schemas/settings.ts';
import { type Figure, medianSeconds, withBareDuckdb } from './measure.ts';

const settings = Settings.parse({});
/** Excel holds 1,048,576 rows; a hundred thousand tell as much. */
const excelRows = 100_000;

/** Every feed of the county from CSV to snapshot files, against DuckDB that only converts the same CSV. */
export async function benchIntake(
  county: string,
  work: string,
): Promise<{ figures: Figure[]; snapshots: Map<string, string[]> }> {
  const figures: Figure[] = [];
  const snapshots = new Map<string, string[]>();
  let bareSum = 0;
  let ownSum = 0;
  for (const name of (await readdir(county)).filter((one) => one.endsWith('.csv')).sort()) {
    const feed = feedNamed(name.replace('.csv', ''))!;
    const path = join(county, name);
    const bare = await medianSeconds(3, () => convertBarely(path, work));
    const out = join(work, 'snapshots', feed.name);
    const own = await medianSeconds(3, async () => snapshots.set(feed.name, await takeIn(path, feed, work, out)));
    figures.push({
      name: `intake ${feed.name}`,
      value: own,
      unit: 's',
      baseline: { name: 'bare conversion', value: bare },
    });
    bareSum += bare;
    ownSum += own;
  }
  const limit = { of: 'ratio', atMost: 4 } as const;
  figures.push({
    name: 'intake, all feeds',
    value: ownSum,
    unit: 's',
    baseline: { name: 'bare conversion', value: bareSum },
    limit,
  });
  figures.push(...(await benchEncodings(county, work)), await benchExcel(county, work));
  return { figures, snapshots };
}

async function convertBarely(path: string, work: string): Promise<void> {
  await withBareDuckdb(work, (db, folder) =>
    db.run(
      `COPY (SELECT * FROM read_csv('${path}', all_varchar = true)) TO '${join(folder, 'bare.parquet')}' (FORMAT parquet)`,
    ),
  );
}

/** Reads, cleans, judges and writes a file; the snapshot's files by path. */
async function takeIn(path: string, feed: Feed, work: string, out: string): Promise<string[]> {
  await mkdir(out, { recursive: true });
  return withBareDuckdb(work, async (db, folder) => {
    const read = await readDelivery(db, { path, name: path }, feed, settings.intake.limits, folder);
    if (isRefusal(read)) throw new Error(`refused: ${read.code}`);
    await cleanRows(db, feed, read, settings);
    await db.run(`CREATE OR REPLACE VIEW content AS SELECT ${lakeSelect(feed, 'a')} FROM accepted a`);
    return [...(await writeSnapshotFiles(db, feed, out)).paths.values()];
  });
}

/** The population file in the encodings agencies use, reading only. */
async function benchEncodings(county: string, work: string): Promise<Figure[]> {
  const feed = feedNamed('population')!;
  const utf8 = join(county, 'population.csv');
  const baseline = { name: 'the same in UTF-8', value: await medianSeconds(3, () => readOnly(utf8, feed, work)) };
  const figures: Figure[] = [];
  for (const [encoding, mark] of [
    ['gb18030', ''],
    ['utf-16le', '\ufeff'],
  ] as const) {
    const path = join(work, `population.${encoding}.csv`);
    const encode = new Transform({
      transform(chunk, _, done) {
        done(null, iconv.encode(String(chunk), encoding));
      },
    });
    const text = createReadStream(utf8, { encoding: 'utf8' });
    const out = createWriteStream(path);
    out.write(iconv.encode(mark, encoding, { addBOM: false }));
    await pipeline(text, encode, out);
    const value = await medianSeconds(3, () => readOnly(path, feed, work));
    figures.push({ name: `reading population in ${encoding}`, value, unit: 's', baseline });
  }
  return figures;
}

async function readOnly(path: string, feed: Feed, work: string): Promise<void> {
  await withBareDuckdb(work, async (db: Database, folder) => {
    const read = await readDelivery(db, { path, name: path }, feed, settings.intake.limits, folder);
    if (isRefusal(read)) throw new Error(`refused: ${read.code}`);
  });
}

/** Rows a second of a workbook into the database, against the library alone on the same file. */
async function benchExcel(county: string, work: string): Promise<Figure> {
  const path = join(work, 'population.xlsx');
  const source = createReadStream(join(county, 'population.csv')).pipe(parse({ bom: true, to_line: excelRows }));
  const rows = (async function* () {
    for await (const row of source) yield row as string[];
  })();
  const workbook = writeXlsxStream(rows, { name: '人口' }) as unknown as ReadableStream;
  await pipeline(Readable.fromWeb(workbook), createWriteStream(path));
  const bare = await medianSeconds(3, async () => {
    let count = 0;
    for await (const row of streamXlsxRows(readFileSync(path))) count += row.values.length > 0 ? 1 : 0;
    if (count < 1) throw new Error('no rows');
  });
  const own = await medianSeconds(3, () => readOnly(path, feedNamed('population')!, work));
  return {
    name: 'Excel, rows a second',
    value: excelRows / own,
    unit: 'rows/s',
    baseline: { name: 'hucre alone', value: excelRows / bare },
    limit: { of: 'ratio', atLeast: 0.7 },
  };
}
