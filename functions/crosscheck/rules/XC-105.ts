import { z } from 'zod';
import { rule } from '../rule.ts';

export default rule({
  code: 'XC-105',
  slug: 'newborn-unregistered',
  name: { zh: '新生儿未登记', en: 'Newborn not registered' },
  family: 'not-covered',
  owner: 'township',
  place: 5,
  definition:
    '目标人群中出生0至90天、没有有效参保的新生儿；使用出生医学证明数据的地区，还包括出生0至90天、母亲户内没有同日出生的人口或参保记录的新生儿。满60天起提高优先级，注明剩余登记天数。',
  needs: [
    'population',
    'enrolment',
    'premium-payment',
    'death-police',
    'cremation',
    'hardship',
    'rural-monitoring',
    'birth',
    'enrolment-elsewhere',
  ],
  facts: ['uncovered', 'matches'],
  settings: z.strictObject({
    /** Age in days up to which a newborn may be registered with cover from birth. */
    registrationDays: z.number().int().default(90),
    /** Age in days from which it is urgent. */
    urgentFromDays: z.number().int().default(60),
  }),
  considered: `
    SELECT (SELECT count(*) FROM uncovered WHERE in_target AND NOT next_year) + (SELECT count(*) FROM birth)`,
  excluded: {
    'birth-registered': { zh: '母亲户内已有同日出生的登记', en: 'registered in the household of the mother' },
    'household-unknown': { zh: '母亲的户号未知', en: 'household of the mother unknown' },
  },
  sql: ({ registrationDays, urgentFromDays }) => `
    WITH newborns AS (
      SELECT person_key, NULL AS outcome, as_of() - brdy AS age, refs FROM uncovered WHERE in_target AND NOT next_year
      UNION ALL
      SELECT b.person_key, m.kind, as_of() - b.brdy, [b.ref] FROM birth b LEFT JOIN matches m USING (person_key)
      QUALIFY row_number() OVER (PARTITION BY b.person_key ORDER BY b.ref DESC) = 1
    )
    SELECT person_key, '' AS about, outcome,
      CASE WHEN age >= ${urgentFromDays} THEN 'P1' ELSE 'P2' END AS priority,
      NULL AS amount_fen, NULL AS queue,
      {daysLeft: ${registrationDays} - age} AS facts,
      refs
    FROM newborns
    WHERE age BETWEEN 0 AND ${registrationDays}`,
  evidence: { population: ['brdy', 'pop_kind', 'pop_stas'], birth: ['brdy'] },
  summary: '新生儿尚未登记参保，距登记期限还有{daysLeft}天，请联系监护人办理，自出生之日起享受待遇。',
  examples: [],
});
