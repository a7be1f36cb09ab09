import type { Feed } from '../../schemas/feeds/feed.ts';
import { feeds } from '../../schemas/feeds/register.ts';
import { findingFields } from '../../schemas/finding.ts';
import type { Database } from '../runtime/duckdb.ts';
import { feedNumbered } from './facts/feed-views.ts';
import { homeOf } from './home.ts';
import type { Rule } from './rule.ts';

/** The statements that make findings of drafts, in their order. */
export type Conclusion = {
  readonly cite: string;
  /** Numbers of the feeds that are cited. */
  readonly feeds: string;
  /** Feed → adds its cited rows to the evidence. */
  readonly quote: Readonly<Record<string, string>>;
  readonly grade: readonly string[];
};

export function conclusionOf(asked: readonly Rule[]): Conclusion {
  return {
    cite: `
    CREATE TABLE cited AS SELECT n, rule, unnest(refs) AS ref FROM drafts WHERE outcome IS NULL;
    CREATE TABLE evidence (n BIGINT, ref BIGINT, row VARCHAR, quoted VARCHAR, psn_name VARCHAR, certno VARCHAR, brdy DATE,
      upgraded BOOLEAN, place VARCHAR)`,
    feeds: 'SELECT DISTINCT feed_of(ref) AS feed FROM cited ORDER BY feed',
    quote: Object.fromEntries(feeds.map((feed) => [feed.name, quoteRows(feed, asked)])),
    grade: [homes, comparedNames, findings(asked)],
  };
}

/**
 * Makes findings of the drafts: looks up the evidence rows and the person's place, compares the names, and grades.
 * Leaves the table `findings` of schema main.
 */
export async function concludeFindings(database: Database, sql: Conclusion): Promise<void> {
  await database.run(sql.cite);
  const cited = await database.all<{ feed: number }>(sql.feeds);
  for (const { feed } of cited) await database.run(sql.quote[feedNumbered(feed).name]!);
  for (const statement of sql.grade) await database.run(statement);
}

/** Statement that adds the cited rows of a feed, with the values that matter to the rule that cites them. */
function quoteRows(feed: Feed, asked: readonly Rule[]): string {
  const fields = new Set(feed.columns.map(({ field }) => field));
  const column = (field: string) => (fields.has(field) ? `f.${field}` : 'NULL');
  const places = ['live_admdvs', 'hukou_admdvs', 'idet_admdvs', 'admdvs'].map(column);
  const rows =
    feed.unusableCertificate === 'keep'
      ? `(FROM "${feed.name}" UNION ALL BY NAME FROM "${feed.name}-unkeyed")`
      : `"${feed.name}"`;
  return `
    INSERT INTO evidence
    SELECT c.n, c.ref, '${feed.name}' || coalesce('@' || f.seq, '') || ':' || f.row_no,
      '{"feed":"${feed.name}","row":' || f.row_no || coalesce(',"seq":' || f.seq, '')
        || ',"values":' || (${valuesByRule(feed, asked)})::VARCHAR || '}',
      ${column('psn_name')}, ${column('certno')}, ${column('brdy')}, f.cert_status = 'upgraded', coalesce(${places.join(', ')})
    FROM cited c JOIN ${rows} f USING (ref)`;
}

/** Rules that quote the same fields of a feed share a line. */
function valuesByRule(feed: Feed, asked: readonly Rule[]): string {
  const codes = new Map<string, string[]>();
  for (const { code, evidence } of asked) {
    const values = (evidence[feed.name] ?? []).map((field) => `${field} := f.${field}`).join(', ');
    if (values !== '') codes.set(values, [...(codes.get(values) ?? []), `'${code}'`]);
  }
  const cases = [...codes].map(
    ([values, rules]) => `WHEN c.rule IN (${rules}) THEN json_merge_patch('{}', to_json(struct_pack(${values})))`,
  );
  return cases.length === 0 ? "'{}'" : `CASE ${cases.join(' ')} ELSE '{}' END`;
}

/** Where the people of findings live, and as whom they are known there. */
const homes = `
  CREATE TABLE homes AS
  SELECT person_key,
    ${homeOf(['psn_name', 'certno', 'brdy'])} AS row,
    list(DISTINCT former_name) FILTER (former_name IS NOT NULL) AS former_names
  FROM population SEMI JOIN drafts ON drafts.person_key = population.person_key AND drafts.outcome IS NULL
  GROUP BY person_key`;

/** The worst of the comparisons between the names of a finding's rows; findings with one name only are not in it. */
const comparedNames = `
  CREATE TABLE compared AS
  WITH several AS (
    SELECT n, max(brdy) AS brdy FROM evidence WHERE psn_name IS NOT NULL
    GROUP BY n HAVING min(psn_name) <> max(psn_name)
  ),
  names AS (SELECT DISTINCT n, psn_name, s.brdy FROM evidence JOIN several s USING (n) WHERE psn_name IS NOT NULL),
  pairs AS (
    SELECT a.n, a.psn_name AS one, b.psn_name AS other, months_after(coalesce(h.row.brdy, a.brdy, try_strptime(d.person_key[9:16], '%Y%m%d')::DATE), 12) > as_of() AS under_one_year,
      unnest(CASE WHEN len(h.former_names) > 0 THEN h.former_names ELSE [NULL] END) AS former
    FROM names a JOIN names b ON b.n = a.n AND b.psn_name > a.psn_name
    JOIN drafts d ON d.n = a.n
    LEFT JOIN homes h ON h.person_key = d.person_key
  ),
  judged AS (
    SELECT n, one, other, bool_and(compare_names(one, other, former, under_one_year) = 'differs') AS differs
    FROM pairs GROUP BY n, one, other
  )
  SELECT n, bool_or(differs) AS differs FROM judged GROUP BY n`;

function findings(asked: readonly Rule[]): string {
  const perRule = asked.map(({ code, owner, grade }) => `('${code}', '${owner}', '${grade ?? 'A'}')`);
  return `
    CREATE OR REPLACE TABLE main.findings AS
    WITH declared AS (SELECT * FROM (VALUES ${perRule.join(', ') || "('', '', '')"}) AS declared(rule, owner, best)),
    -- Most findings quote one row: only the others need to be put in order.
    several AS (SELECT n FROM evidence GROUP BY n HAVING count(*) > 1),
    ordered AS (
      SELECT n, list_sort(list({ref: ref, row: row, quoted: quoted})) AS rows,
        arg_min(psn_name, ref) AS psn_name, arg_min(certno, ref) AS certno, bool_or(upgraded) AS upgraded, max(place) AS place
      FROM evidence SEMI JOIN several USING (n)
      GROUP BY n
    ),
    quoted AS (
      SELECT n, row AS rows, quoted AS evidence, psn_name, certno, upgraded, place FROM evidence ANTI JOIN several USING (n)
      UNION ALL
      SELECT n, array_to_string(list_transform(rows, lambda x: x.row), ' '),
        array_to_string(list_transform(rows, lambda x: x.quoted), ','), psn_name, certno, upgraded, place
      FROM ordered
    ),
    graded AS (
      SELECT d.*, r.owner, q.rows, '[' || q.evidence || ']' AS evidence,
        greatest(r.best, CASE WHEN contains(d.facts, '"hint":') THEN 'E' WHEN c.differs THEN 'D' WHEN q.upgraded THEN 'C' WHEN c.n IS NOT NULL THEN 'B' ELSE 'A' END) AS grade,
        coalesce(h.row.place, q.place) AS place, coalesce(h.row.psn_name, q.psn_name) AS psn_name, coalesce(h.row.certno, q.certno) AS certno
      FROM drafts d
      JOIN declared r USING (rule)
      LEFT JOIN quoted q USING (n)
      LEFT JOIN compared c USING (n)
      LEFT JOIN homes h USING (person_key)
      WHERE d.outcome IS NULL
    )
    SELECT ${findingFields.map((field) => columnOf[field] ?? field).join(', ')} FROM graded`;
}

/** Columns of a finding that are not as the draft has them. Ground rule 11 bounds the priority of grades D and E. */
const columnOf: Readonly<Record<string, string>> = {
  finding_key: "concat_ws('|', rule, person_key, about) AS finding_key",
  h: "('0x' || md5(person_key)[1:4])::USMALLINT AS h",
  priority: "CASE WHEN grade IN ('D', 'E') THEN greatest(priority, 'P2') ELSE priority END AS priority",
  township: 'CASE WHEN length(place) >= 9 THEN place[1:9] END AS township',
  village: 'CASE WHEN length(place) >= 12 THEN place[1:12] END AS village',
  queue: "CASE WHEN grade IN ('D', 'E') THEN 'verify' ELSE coalesce(queue, 'dispatch') END AS queue",
};
