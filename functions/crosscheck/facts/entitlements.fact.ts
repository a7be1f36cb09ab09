import type { Fact } from './fact.ts';

/**
 * What the subsidy table gives the person of a class R ticket on its pay date: the highest standard of the
 * categories held that day (就高不重复). Tickets of people who held none are not in it.
 *
 * A ticket does not say its contribution tier: `standard` is the highest of the tiers, for what exceeds it;
 * `at_least` the lowest, for what falls short of it. `unknown`: a category of hardship that the table does not know
 * for that year; nothing exceeds an unknown standard.
 */
const entitlements: Fact = {
  name: 'entitlements',
  facts: ['tickets', 'held', 'standards'],
  sql: ({ settings }) => `
    WITH categories AS (
      SELECT t.ref, h.ref AS held_ref, h.hardship, t.pay_year, h.category, t.pay_date,
        coalesce(t.region, '${settings.area.code ?? ''}') AS region, date_sub('year', coalesce(t.brdy, h.brdy), t.pay_date) AS age
      FROM tickets t JOIN held h ON h.person_key = t.person_key AND covers(h.begin_date, h.end_date, t.pay_date)
      WHERE t.class = 'R'
    ),
    tiers AS (
      SELECT c.ref, c.held_ref, c.hardship, s.tier, max(s.amount) AS amount
      FROM categories c LEFT JOIN standards s
        ON s.year = c.pay_year AND s.category = c.category AND (s.area IS NULL OR s.area = c.region)
        AND coalesce(c.age BETWEEN s.age_from AND s.age_to, true)
        AND coalesce(s.valid_from <= c.pay_date, true) AND coalesce(c.pay_date < s.valid_to, true)
      GROUP BY ALL
    ),
    of_category AS (
      SELECT ref, held_ref, hardship, max(amount) AS standard, min(amount) AS at_least FROM tiers GROUP BY ALL
    )
    SELECT ref, bool_or(hardship) AS hardship, coalesce(max(standard), 0) AS standard, coalesce(max(at_least), 0) AS at_least,
      bool_or(hardship AND standard IS NULL) AS unknown, list(held_ref) AS refs
    FROM of_category GROUP BY ref`,
};

export default entitlements;
