import { personRef } from '../../../schemas/person-ref.ts';
import type { SampleSummary } from '../../../schemas/sample-check.ts';
import type { Database } from '../../runtime/duckdb.ts';
import { addCompareNames } from '../compare-names.ts';
import type { EvaluationInputs } from '../evaluation.ts';
import cover from '../facts/cover.fact.ts';
import { feedViews } from '../facts/feed-views.ts';
import { groundMacros } from '../facts/ground.ts';
import { homeOf } from '../home.ts';
import { amongUnkeyedInsured, insuredHere } from '../indicators.ts';
import { mapColumn } from '../map-column.ts';
import { maskColumns } from '../report/mask-columns.ts';

/** The lists that a sample is drawn from. */
export type Listed = Omit<EvaluationInputs, 'range' | 'evaluated'> & {
  /** Everybody's turn is the digest of this and their person_key: the same in every draw by one seed. */
  readonly turnKey: string;
};
type ListedRange = Listed & Pick<EvaluationInputs, 'range'>;

/** Table `insured`, empty: everybody who is insured here by the definition of the indicators, once. */
export const noInsured = (database: Database): Promise<void> =>
  database.run(`CREATE OR REPLACE TABLE insured (person_key VARCHAR, turn UBIGINT, township VARCHAR, village VARCHAR,
    psn_name VARCHAR, certno VARCHAR, rows VARCHAR)`);

/** Adds those of a range who have a usable certificate number. */
export async function addInsured(database: Database, { feeds, range, turnKey, ...times }: ListedRange): Promise<void> {
  const circumstances = { ...times, uses: () => true, snapshotDates: () => [] };
  addCompareNames(database);
  await database.run(`DROP SCHEMA IF EXISTS drawing CASCADE; CREATE SCHEMA drawing; SET search_path = 'drawing,main'`);
  try {
    await database.run([...groundMacros(times), ...feedViews(feeds, range)].join(';\n'));
    await database.run(`CREATE TABLE cover AS ${cover.sql(circumstances)}`);
    await database.run(
      addPeople(turnKey, `SELECT * FROM enrolment SEMI JOIN (${insuredHere(times.settings)}) USING (ref)`, homes),
    );
  } finally {
    await database.run(`SET search_path = 'main'; DROP SCHEMA drawing CASCADE`);
  }
}

/** Adds those who are insured under no usable number: each is known by the bureau's own. Of all ranges at once. */
export async function addUnkeyedInsured(database: Database, { turnKey, ...listed }: ListedRange): Promise<void> {
  addCompareNames(database);
  await amongUnkeyedInsured(database, listed, (rows) => {
    const named = `SELECT * REPLACE (concat_ws(':', 'U', insuplc_admdvs, psn_no) AS person_key)
      FROM "enrolment-unkeyed" SEMI JOIN (${rows}) USING (ref)`;
    return database.run(addPeople(turnKey, named, noHomes));
  });
}

/**
 * Draws from the table `insured` into the table `drawn`: of every township those whose turn comes first, at least the
 * share of them. A larger share goes on where a smaller one stopped.
 * @param share Percent, with at most two decimals.
 */
export async function draw(database: Database, share: number): Promise<Stratum[]> {
  // In whole numbers: no rounding takes anybody away from the share. One of one is at least one.
  await database.run(`CREATE OR REPLACE TABLE strata AS
    SELECT township, count(*) AS insured, (count(*) * ${Math.round(share * 100)} + 9999) // 10000 AS drawn
    FROM insured GROUP BY township`);
  await database.run(`CREATE OR REPLACE TABLE drawn AS
    WITH placed AS (
      SELECT township, person_key, row_number() OVER (PARTITION BY township ORDER BY turn, person_key) AS draw
      FROM insured
    ),
    first AS (SELECT person_key, draw FROM placed JOIN strata USING (township) WHERE draw <= drawn)
    SELECT insured.*, draw FROM insured JOIN first USING (person_key)`);
  return database.all<Stratum>(`SELECT township, insured::BIGINT AS insured, drawn::BIGINT AS drawn FROM strata
    ORDER BY township = 'unknown', township`);
}
export type Stratum = Pick<SampleSummary['townships'][number], 'township' | 'insured' | 'drawn'>;

/** Writes the table `drawn` like `findings.csv`: names and numbers masked, UTF-8 with BOM, in a total order. */
export async function writeSampleList(
  database: Database,
  { year, seed, secret }: { readonly year: string; readonly seed: string; readonly secret: string },
  path: string,
): Promise<void> {
  await mapColumn(database, { table: 'drawn', column: 'person_key' }, 'refs', (key) => personRef(secret, key));
  await maskColumns(database, 'drawn');
  // DuckDB writes no byte-order mark; in front of the first header's name it is one.
  await database.run(
    `COPY (
      SELECT '${year}' AS "\uFEFFyear", cell('${seed}') AS seed, nullif(township, 'unknown') AS township, village,
        draw, refs.mapped AS person_ref, cell(names.mapped) AS psn_name, cell(numbers.mapped) AS certno, rows
      FROM drawn
      JOIN refs ON refs.value = person_key
      LEFT JOIN masked_names names ON names.value = psn_name
      LEFT JOIN masked_numbers numbers ON numbers.value = certno
      ORDER BY township = 'unknown', township, draw
    ) TO '${path}' (FORMAT csv, HEADER)`,
  );
}

/** Where people live by the population list. */
const homes = `
  SELECT person_key, ${homeOf()}.place AS place
  FROM population SEMI JOIN people USING (person_key)
  GROUP BY person_key`;
/** Nobody is joined without a usable number. */
const noHomes = 'SELECT NULL::VARCHAR AS person_key, NULL::VARCHAR AS place WHERE false';

/** Statement that makes people of rows of the register; whoever has no home in `homesSql` lives where those rows say. */
function addPeople(turnKey: string, rows: string, homesSql: string): string {
  return `
    INSERT INTO main.insured
    WITH people AS MATERIALIZED (
      SELECT person_key, max(live_admdvs) AS live_admdvs, max(psn_name) AS psn_name, max(certno) AS certno,
        -- An ordered string_agg takes five times as long.
        list_sort(list({ref: ref, row: 'enrolment' || coalesce('@' || seq, '') || ':' || row_no})) AS rows
      FROM (${rows})
      GROUP BY person_key
    ),
    homes AS (${homesSql}),
    placed AS (
      SELECT people.*, coalesce(homes.place, live_admdvs) AS place FROM people LEFT JOIN homes USING (person_key)
    )
    SELECT person_key, ('0x' || md5('${turnKey}' || person_key)[1:16])::UBIGINT AS turn,
      CASE WHEN length(place) >= 9 THEN place[1:9] ELSE 'unknown' END AS township,
      CASE WHEN length(place) >= 12 THEN place[1:12] END AS village, psn_name, certno,
      array_to_string(list_transform(rows, lambda x: x.row), ' ') AS rows
    FROM placed`;
}
