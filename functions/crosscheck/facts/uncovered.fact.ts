import { type CampaignPhase, campaignPhase } from '../campaign.ts';
import type { Fact } from './fact.ts';

/**
 * What it takes to say of anybody that he or she is not covered, and for what reason: without one of these lists a rule
 * would accuse people whom another one answers for.
 */
export const uncoveredNeeds = [
  'population',
  'enrolment',
  'premium-payment',
  'death-police',
  'cremation',
  'hardship',
  'rural-monitoring',
  'birth',
  'enrolment-elsewhere',
] as const;

/**
 * Everybody whom XC-101 to XC-107 ask: the target population without an active row, and people in hardship outside it.
 * Not the population person of an XC-204, nor who is exempt until a later date. `next_year`: has class R cover of Y−1
 * while the campaign for Y runs, and is asked only XC-106.
 * `hint`: why somebody may be covered under another number, which is verified before anybody visits.
 * `elsewhere`: what the national look-up said; `ask_elsewhere`: it must be asked (again) before anybody visits.
 */
const uncovered: Fact = {
  name: 'uncovered',
  facts: ['cover', 'target', 'in_hardship', 'matches', 'tickets', 'elsewhere'],
  sql: (circumstances) => {
    const phase = campaignPhase(circumstances);
    return `
    WITH people AS (
      SELECT person_key, true AS in_target FROM target WHERE NOT covered_here
      UNION ALL
      SELECT person_key, false FROM in_hardship
      ANTI JOIN cover USING (person_key)
      WHERE NOT in_target
    ),
    asked AS MATERIALIZED (
      SELECT * FROM people
      ANTI JOIN (SELECT person_key FROM matches WHERE kind IN ('same-person', 'exempt')) USING (person_key)
    ),
    registered AS (
      SELECT person_key, max(brdy) AS brdy, list(ref) AS refs FROM population SEMI JOIN asked USING (person_key)
      GROUP BY person_key
    ),
    -- Class R cover of Y−1: at A, or at the end of that year once it is over.
    last_year AS (${phase === 'none' ? 'SELECT NULL::VARCHAR AS person_key WHERE false' : lastYear}),
    every AS (
      SELECT a.person_key, a.in_target, r.brdy, coalesce(r.refs, []) AS refs,
        h.person_key IS NOT NULL AS hardship, ${nextYear(phase)} AS next_year,
        m.hint, coalesce(e.answer, 'not-asked') AS elsewhere, coalesce(e.refs, []) AS elsewhere_refs,
        ${circumstances.uses('enrolment-elsewhere')} AND coalesce(e.answer, 'not-asked') IN ('not-asked', 'stale') AS ask_elsewhere
      FROM asked a
      LEFT JOIN registered r USING (person_key)
      LEFT JOIN in_hardship h USING (person_key)
      LEFT JOIN elsewhere e USING (person_key)
      LEFT JOIN (
        SELECT person_key, max(kind) AS hint FROM matches WHERE kind IN ('old-number', 'guardian') GROUP BY person_key
      ) m USING (person_key)
    )
    SELECT * FROM every WHERE ${outsideTarget(phase)}`;
  },
};

const lastYear = `
      SELECT DISTINCT person_key FROM enrolment SEMI JOIN asked USING (person_key)
      WHERE scheme_class(insutype) = 'R' AND psn_insu_stas = '1'
        AND (insu_year = year_before() OR year_not_sent(insu_year, absent))
        AND covers(psn_insu_date, paus_insu_date, least(as_of(), year_start() - 1))`;

const hadCover = 'a.person_key IN (SELECT person_key FROM last_year)';

function nextYear(phase: CampaignPhase): string {
  if (phase === 'none') return 'false';
  if (phase === 'before') return `a.in_target AND ${hadCover}`;
  const paid = "SELECT person_key FROM tickets WHERE class = 'R' AND pay_year = insurance_year()";
  return `a.in_target AND ${hadCover} AND a.person_key NOT IN (${paid})`;
}

/** Before the year begins, people in hardship outside the target population are covered by the year that still runs. */
function outsideTarget(phase: CampaignPhase): string {
  return phase === 'before' ? 'in_target OR person_key NOT IN (SELECT person_key FROM last_year)' : 'true';
}

export default uncovered;
