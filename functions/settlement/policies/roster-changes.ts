import type { Snapshot } from '../../../schemas/snapshot.ts';
import { openSnapshot } from '../../intake/snapshot.ts';
import type { Database } from '../../runtime/duckdb.ts';
import type { NamedFile } from '../../runtime/kept-files.ts';
import type { RosterRow } from './roster-facts.ts';

/** A policy that the newer roster has otherwise than the older one; without a row where it has it no more. */
export type RosterChange = {
  readonly insurer: string;
  readonly policy_no: string;
  readonly policy_sub_no: string;
  readonly row: RosterRow | undefined;
};

export type RosterChanges = {
  readonly count: number;
  /** Insurers that the newer roster names. */
  readonly insurers: readonly string[];
  read(from: number, count: number): Promise<RosterChange[]>;
};

const key = ['insurer_uscc', 'policy_no', 'policy_sub_no'] as const;
const rest = [
  'person_key',
  'product_code',
  'begn_date',
  'end_date',
  'wait_end',
  'pre_existing',
  'consent_no',
  'consent_begn',
  'consent_end',
  'policy_stas',
] as const;

/**
 * What differs between two snapshots of the roster, in an order of its own that is the same whenever it is asked.
 * Of two rows of one policy the one that came last counts.
 */
export async function rosterChanges(
  db: Database,
  snapshots: { readonly older: Snapshot | undefined; readonly newer: Snapshot },
  folder: string,
  fetch: (file: NamedFile, path: string) => Promise<void>,
): Promise<RosterChanges> {
  await openSnapshot(db, snapshots.newer, `${folder}/newer`, fetch);
  await db.run(`CREATE TABLE newer AS ${policiesOfBase}`);
  if (snapshots.older !== undefined) await openSnapshot(db, snapshots.older, `${folder}/older`, fetch);
  await db.run(`CREATE TABLE older AS ${policiesOfBase} ${snapshots.older === undefined ? 'LIMIT 0' : ''}`);
  await db.run(`
    CREATE TABLE changes AS
      SELECT row_number() OVER (ORDER BY ${key}) AS n, * FROM (
        SELECT ${key.map((name) => `coalesce(n.${name}, o.${name}) AS ${name}`)},
          n.insurer_uscc IS NOT NULL AS stands, ${rest.map((name) => `n.${name}`)}
        FROM newer n FULL JOIN older o USING (${key})
        WHERE n.insurer_uscc IS NULL OR o.insurer_uscc IS NULL
          OR (${rest.map((name) => `n.${name}`)}) IS DISTINCT FROM (${rest.map((name) => `o.${name}`)}))`);
  const [size] = await db.all<{ count: number }>('SELECT count(*) AS count FROM changes');
  const named = await db.all<{ insurer: string }>('SELECT DISTINCT insurer_uscc AS insurer FROM newer ORDER BY 1');
  return {
    count: size!.count,
    insurers: named.map(({ insurer }) => insurer),
    async read(from, count) {
      const rows = await db.all<RosterRow & { n: number; stands: boolean }>(
        `SELECT * FROM changes WHERE n > ${from} AND n <= ${from + count} ORDER BY n`,
      );
      return rows.map(({ n: _, stands, ...row }) => ({
        insurer: row.insurer_uscc,
        policy_no: row.policy_no,
        policy_sub_no: row.policy_sub_no,
        row: stands ? row : undefined,
      }));
    },
  };
}

const policiesOfBase = `
  SELECT ${key.map((name) => (name === 'policy_sub_no' ? `coalesce(${name}, '') AS ${name}` : name))}, ${rest}
  FROM base
  QUALIFY row_number() OVER (
    PARTITION BY insurer_uscc, policy_no, coalesce(policy_sub_no, '')
    ORDER BY coalesce(seq, 0) DESC, row_no DESC, person_key) = 1`;
