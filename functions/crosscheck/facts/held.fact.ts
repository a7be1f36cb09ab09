import type { Fact } from './fact.ts';

/**
 * Ground rule 8: the intervals in which a person held a category of the two lists. `hardship`: no for stable-exit,
 * which is no hardship, though an area's subsidy table may pay it. A risk removed without a date is no interval.
 */
const held: Fact = {
  name: 'held',
  sql: () => `
    SELECT person_key, idet_type AS category, begn_date AS begin_date, end_date, true AS hardship,
      idet_admdvs AS place, brdy, ref
    FROM hardship
    UNION ALL
    SELECT person_key, monitor_type, begn_date, end_date, monitor_type <> 'stable-exit', admdvs, brdy, ref
    FROM "rural-monitoring"
    WHERE risk_stas = '0' OR end_date IS NOT NULL`,
};

export default held;
