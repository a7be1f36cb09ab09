import type { Fact } from './fact.ts';

/**
 * What the national look-up said last, by A, of each person: `found` is cover at whatever age of the answer (the
 * reading that accuses fewer people), `none` grows `stale`. Of several answers of one day, one that found is enough.
 */
const elsewhere: Fact = {
  name: 'elsewhere',
  sql: ({ settings }) => `
    WITH answers AS (
      SELECT person_key, max({asked: query_date, result: result}) AS newest FROM "enrolment-elsewhere"
      WHERE query_date <= as_of()
      GROUP BY person_key
    )
    SELECT a.person_key,
      CASE WHEN newest.result = '1' THEN 'found' WHEN as_of() - newest.asked <= ${settings.lookUpDays} THEN 'none' ELSE 'stale' END AS answer,
      list(e.ref) AS refs
    FROM answers a
    JOIN "enrolment-elsewhere" e ON e.person_key = a.person_key AND e.query_date = newest.asked
    GROUP BY ALL`,
};

export default elsewhere;
