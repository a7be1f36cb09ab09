import { join } from 'node:path';
import { hashRange, readCertificate } from '../../schemas/certificate.ts';
import { type Refusal, refuse } from '../../schemas/errors.ts';
import enrolment from '../../schemas/feeds/enrolment.feed.ts';
import { Enrolment, type LookupAnswer, type LookupRequest } from '../../schemas/lookup.ts';
import { personRef } from '../../schemas/person-ref.ts';
import { type Snapshot, snapshotKey } from '../../schemas/snapshot.ts';
import { civilDateAt, daysBetween, yearOf } from '../../schemas/time.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { KeptFiles } from '../runtime/kept-files.ts';
import { groundMacros } from './facts/ground.ts';
import { rangeNamed } from './hash-range.ts';

export type LookupDependencies = {
  readonly newestRegister: () => Promise<Snapshot | undefined>;
  readonly keptFiles: KeptFiles;
  readonly fetchToFile: (key: string, path: string) => Promise<void>;
  readonly withWorkFolder: <T>(work: (folder: string, database: Database) => Promise<T>) => Promise<T>;
  readonly secret: () => Promise<string>;
};

/** Is this person covered, where, since when: by the newest register, with the words of the ground rules. */
export async function lookUpPerson(
  dependencies: LookupDependencies,
  { psn_cert_type, certno }: LookupRequest,
  now: Date,
): Promise<LookupAnswer | Refusal> {
  const certificate = readCertificate(psn_cert_type, certno.toUpperCase());
  if (!('personKey' in certificate)) return refuse('lookup/unusable-certificate', { defect: certificate.status });
  const today = civilDateAt(now);
  const register = await dependencies.newestRegister();
  const enrolments = register === undefined ? [] : await rowsOf(dependencies, register, certificate.personKey, today);
  return {
    person_ref: personRef(await dependencies.secret(), certificate.personKey),
    covered: enrolments.some(({ active }) => active),
    asked_on: today,
    data_as_of: register?.dataAsOf ?? null,
    stale: register === undefined || daysBetween(register.dataAsOf, today) > enrolment.freshnessDays,
    enrolments,
  };
}

/** The person's rows lie in one file: that of the range that holds their h. */
function rowsOf(
  { keptFiles, fetchToFile, withWorkFolder }: LookupDependencies,
  register: Snapshot,
  personKey: string,
  today: string,
): Promise<LookupAnswer['enrolments']> {
  const h = hashRange(personKey);
  const file = register.files.find(({ range }) => {
    const { from, to } = rangeNamed(range);
    return from <= h && h <= to;
  });
  if (file === undefined) throw new Error(`No file of ${register.snapshotId} holds ${h}`);
  return withWorkFolder(async (folder, database) => {
    const path = join(folder, 'register.parquet');
    const key = snapshotKey(register, file.range);
    await keptFiles.place({ key, digest: file.digest }, path, () => fetchToFile(key, path));
    for (const macro of groundMacros({ asOf: today, year: yearOf(today) })) {
      if (!macro.includes('compare_names')) await database.run(macro);
    }
    const rows = await database.all(
      `SELECT insutype, insuplc_admdvs, insu_year, psn_insu_stas, psn_clct_stas, psn_insu_date, paus_insu_date,
         coalesce(active(insutype, psn_insu_stas, psn_insu_date, paus_insu_date, insu_year, absent), false) AS active
       FROM read_parquet('${path}') WHERE h = ? AND person_key = ?
       ORDER BY active DESC, psn_insu_date DESC, insutype, insuplc_admdvs, row_no`,
      [h, personKey],
    );
    return rows.map((row) => Enrolment.parse(row));
  });
}
