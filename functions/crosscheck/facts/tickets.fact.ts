import type { Fact } from './fact.ts';

/**
 * Net tickets: what is left of each after its refunds; one with nothing left is gone. A ticket sent twice under one
 * number is one ticket, as its last row says. `of_year`: how many net tickets of that class and year the person has.
 * A refund takes back what it names (or its own number), whatever its sign. Evidence: ticket_refs(ref, refund_refs).
 */
const tickets: Fact = {
  name: 'tickets',
  sql: () => `
    WITH payments AS (
      SELECT person_key, ref, ticket_no, scheme_class(insutype) AS class, pay_year, pay_date, insuplc_admdvs AS region,
        subs_type, brdy, paid_amt AS paid, coalesce(subs_amt, 0) AS subsidised, orig_ticket_no,
        coalesce(refund_flag, false) OR paid_amt < 0 OR coalesce(subs_amt < 0, false) AS refund
      FROM "premium-payment"
    ),
    -- Most people have one row; only the others can have refunds, repeated numbers or two tickets of a year.
    several AS (SELECT person_key FROM "premium-payment" GROUP BY person_key HAVING count(*) > 1),
    others AS MATERIALIZED (SELECT * FROM payments SEMI JOIN several USING (person_key)),
    refunds AS (
      SELECT person_key, coalesce(orig_ticket_no, ticket_no) AS ticket_no, sum(-abs(paid))::BIGINT AS paid,
        sum(-abs(subsidised))::BIGINT AS subsidised, list(ref) AS refs
      FROM others WHERE refund
      GROUP BY ALL
    ),
    net AS (
      SELECT t.* REPLACE (t.paid + coalesce(r.paid, 0) AS paid, t.subsidised + coalesce(r.subsidised, 0) AS subsidised),
        r.refs AS refund_refs
      FROM others t LEFT JOIN refunds r USING (person_key, ticket_no)
      WHERE NOT t.refund
      QUALIFY row_number() OVER (PARTITION BY person_key, ticket_no ORDER BY t.ref DESC) = 1
    ),
    every AS (
      SELECT *, NULL AS refund_refs, 1 AS of_year FROM payments
      ANTI JOIN several USING (person_key)
      WHERE NOT refund AND (paid > 0 OR subsidised > 0)
      UNION ALL
      SELECT *, count(*) OVER (PARTITION BY person_key, class, pay_year) FROM net WHERE paid > 0 OR subsidised > 0
    )
    SELECT * EXCLUDE (orig_ticket_no, refund) FROM every`,
};

export default tickets;
