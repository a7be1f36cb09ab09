import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedInput } from '../../functions/crosscheck/facts/feed-views.ts';
import type { ExampleRow } from '../../functions/crosscheck/rule.ts';
import type { Database } from '../../functions/runtime/duckdb.ts';
import { checkCharacter, readCertificate } from '../../schemas/certificate.ts';
import { type Feed, lakeType } from '../../schemas/feeds/feed.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { addDays } from '../../schemas/time.ts';

/** A row as the lake holds it. */
export type LakeRow = Record<string, unknown> & { person_key: string | null; row_no: number };

/** Rows of a group of examples, and whose they are: person key → the example and the name it has there. */
export class ExampleRows {
  readonly feeds = new Map<string, LakeRow[]>();
  readonly owners = new Map<string, { example: number; who: string }>();
  readonly #people = new Map<string, string>();

  add(example: number, given: Readonly<Record<string, readonly ExampleRow[]>>): void {
    for (const [name, rows] of Object.entries(given)) {
      rows.forEach((row, index) => {
        this.#addRow(example, feedNamed(name)!, row, index + 1);
      });
    }
  }

  #addRow(example: number, feed: Feed, { who = 'a', mother, guardian, ...given }: ExampleRow, count: number): void {
    const rows = this.feeds.get(feed.name) ?? [];
    this.feeds.set(feed.name, rows);
    const row_no = rows.length + 2;
    const unique = `${feed.name}${row_no}`;
    if (feed.name === 'birth') {
      const birth_cert_no = `A${String(row_no).padStart(9, '0')}`;
      const mother_certno = this.#numberOf(example, mother as string);
      const keys = { person_key: `B:${birth_cert_no}`, mother_key: `C:${mother_certno}` };
      this.#own(keys.person_key, example, count === 1 ? 'birth' : `birth ${count}`);
      rows.push({ cert_status: 'ok', birth_cert_no, mother_certno, ...given, ...keys, row_no });
      return;
    }
    const certno = given.certno === undefined ? this.#numberOf(example, who) : given.certno;
    const ordinary = ordinaryRows[feed.name]!(unique, `P${certno}`);
    const row: Record<string, unknown> = { psn_cert_type: '01', psn_name: '张三', ...ordinary, ...given, certno };
    const certificate = readCertificate(row.psn_cert_type as string, certno as string | null);
    const usable = 'personKey' in certificate;
    const person_key = usable ? certificate.personKey : null;
    if (!usable) this.#own(`U:${row.insuplc_admdvs}:${row.psn_no}`, example, `U:${row.insuplc_admdvs}:${row.psn_no}`);
    else this.#own(person_key!, example, given.certno === undefined ? who : person_key!.slice(2));
    const guardian_certno = guardian === undefined ? null : this.#numberOf(example, guardian as string);
    rows.push({ guardian_certno, ...row, cert_status: certificate.status, person_key, row_no });
  }

  #own(personKey: string, example: number, who: string): void {
    const owner = this.owners.get(personKey) ?? { example, who };
    if (owner.example !== example) throw new Error(`two examples have the person ${personKey}`);
    this.owners.set(personKey, owner);
  }

  /** Everybody has a number of their own, of an area that was never assigned. */
  #numberOf(example: number, who: string): string {
    const name = `${example} ${who}`;
    const born = addDays('1950-01-01', this.#people.size).replaceAll('-', '');
    const first17 = `500298${born}001`;
    const number = this.#people.get(name) ?? first17 + checkCharacter(first17);
    this.#people.set(name, number);
    return number;
  }
}

/**
 * Writes rows as a snapshot of the lake, in equal ranges of h. `order` is the physical order inside the files.
 * @returns what a run's inputs say of it.
 */
export async function writeSnapshot(
  database: Database,
  folder: string,
  feed: Feed,
  rows: readonly LakeRow[],
  { dataAsOf = '2022-06-30', parts = 1, order = 'h, person_key, row_no' } = {},
): Promise<FeedInput> {
  mkdirSync(folder, { recursive: true });
  const json = join(folder, `${feed.name}.jsonl`);
  writeFileSync(json, rows.map((row) => JSON.stringify(row)).join('\n'));
  const columns = lakeColumns(feed);
  const declared = columns.filter(([name]) => name !== 'h').map(([name, type]) => `${name}: '${type}'`);
  await database.run(`CREATE OR REPLACE TABLE snapshot_rows AS
    SELECT ${columns.map(([name]) => (name === 'h' ? "('0x' || md5(person_key)[1:4])::USMALLINT AS h" : name))}
    FROM read_json('${json}', format = 'newline_delimited', columns = {${declared}})`);
  const files = Array.from({ length: parts }, (_, part) => join(folder, `${feed.name}-${part}.parquet`));
  const copy = (where: string, path: string) =>
    database.run(`COPY (SELECT * FROM snapshot_rows WHERE ${where} ORDER BY ${order}) TO '${path}' (FORMAT parquet)`);
  const width = 0x10000 / parts;
  for (const [part, path] of files.entries())
    await copy(`h BETWEEN ${part * width} AND ${(part + 1) * width - 1}`, path);
  const snapshot = { snapshotId: `${feed.name}-1`, dataAsOf, files };
  if (feed.unusableCertificate !== 'keep') return snapshot;
  const unkeyed = join(folder, `${feed.name}-unkeyed.parquet`);
  await copy('person_key IS NULL', unkeyed);
  return { ...snapshot, unkeyed };
}

/** Columns of a snapshot, in their order. */
function lakeColumns(feed: Feed): [string, string][] {
  return [
    ['h', 'USMALLINT'],
    ['person_key', 'VARCHAR'],
    ['row_no', 'BIGINT'],
    ['seq', 'INTEGER'],
    ['cert_status', 'VARCHAR'],
    ...feed.columns.map(({ field, type }): [string, string] => [field, lakeType(type)]),
    ...(feed.relatives ?? []).map(({ key }): [string, string] => [key, 'VARCHAR']),
    ['absent', 'VARCHAR'],
    ['raw', 'VARCHAR'],
  ];
}

/** What a row says when the example does not care. `unique` is another for every row, `number` for every person. */
const ordinaryRows: Readonly<Record<string, (unique: string, number: string) => Record<string, unknown>>> = {
  population: () => ({
    gend: '1',
    brdy: '1980-01-01',
    pop_kind: '1',
    pop_stas: '1',
    hukou_admdvs: '500299100201',
    live_admdvs: '500299102202',
  }),
  enrolment: (_, number) => ({
    psn_no: number,
    insutype: '390',
    psn_type: '15',
    psn_insu_stas: '1',
    psn_clct_stas: '1',
    insuplc_admdvs: '500299',
    insu_year: '2022',
    psn_insu_date: '2022-01-01',
  }),
  'death-police': () => ({ canc_type: '1', death_date: '2022-03-10', canc_date: '2022-03-16', restored: false }),
  cremation: (unique) => ({ crem_date: '2022-03-12', death_date: '2022-03-10', crem_no: unique }),
  hardship: () => ({ idet_type: 'minimum-living', begn_date: '2020-01-01' }),
  'rural-monitoring': () => ({ monitor_type: 'unstable-exit', risk_stas: '0', begn_date: '2020-01-01' }),
  'premium-payment': (unique) => ({
    ticket_no: unique,
    insutype: '390',
    pay_year: '2022',
    paid_amt: 32_000,
    pay_date: '2021-12-01',
    insuplc_admdvs: '500299',
    refund_flag: false,
  }),
  settlement: (unique) => ({
    setl_id: unique,
    mdtrt_id: unique,
    refd_setl_flag: false,
    insutype: '390',
    fixmedins_code: 'H1',
    med_type: '21',
    begndate: '2022-03-01',
    enddate: '2022-03-10',
    setl_time: '2022-03-10 10:00:00',
    medfee_sumamt: 1_000_000,
    fund_pay_sumamt: 600_000,
    psn_part_amt: 400_000,
    setl_type: '2',
  }),
  'enrolment-elsewhere': () => ({ query_date: '2022-06-20', result: '0' }),
};
