import { z } from 'zod';
import { uncoveredNeeds } from '../facts/uncovered.fact.ts';
import { hints, rule } from '../rule.ts';

export default rule({
  code: 'XC-105',
  slug: 'newborn-unregistered',
  name: { zh: '新生儿未登记', en: 'Newborn not registered' },
  family: 'not-covered',
  owner: 'township',
  place: 5,
  definition:
    '目标人群中出生0至90天、没有有效参保的新生儿；使用出生医学证明数据的地区，还包括出生0至90天、母亲户内没有同日出生的人口或参保记录的新生儿。满60天起提高优先级，注明剩余登记天数。',
  needs: uncoveredNeeds,
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
      SELECT person_key, NULL AS outcome, as_of() - brdy AS age, hint, refs FROM uncovered
      WHERE in_target AND NOT next_year
      UNION ALL
      SELECT b.person_key, m.kind, as_of() - b.brdy, NULL, [b.ref] FROM birth b LEFT JOIN matches m USING (person_key)
      QUALIFY row_number() OVER (PARTITION BY b.person_key ORDER BY b.ref DESC) = 1
    )
    SELECT person_key, '' AS about, outcome,
      CASE WHEN age >= ${urgentFromDays} THEN 'P1' ELSE 'P2' END AS priority,
      NULL AS amount_fen, NULL AS queue,
      {daysLeft: ${registrationDays} - age, hint: hint} AS facts,
      refs
    FROM newborns
    WHERE age BETWEEN 0 AND ${registrationDays}`,
  evidence: { population: ['brdy', 'pop_kind', 'pop_stas'], birth: ['brdy'] },
  summary: '新生儿尚未登记参保，距登记期限还有{daysLeft}天[，{hint}]，请联系监护人办理，自出生之日起享受待遇。',
  words: { hint: hints },
  examples: [
    {
      title: 'from birth to 90 days, urgent from 60',
      given: {
        population: ['2022-06-30', '2022-05-02', '2022-05-01', '2022-04-01', '2022-03-31'].map((brdy, at) => ({
          who: 'abcde'[at]!,
          brdy,
        })),
      },
      finds: [
        { priority: 'P2', facts: { daysLeft: 90 } },
        { who: 'b', priority: 'P2', facts: { daysLeft: 31 } },
        { who: 'c', priority: 'P1', facts: { daysLeft: 30 } },
        { who: 'd', priority: 'P1', facts: { daysLeft: 0 } },
      ],
    },
    {
      title: 'a newborn in hardship is an XC-102',
      given: { population: [{ brdy: '2022-06-01' }], hardship: [{ begn_date: '2022-06-02' }] },
      finds: [],
    },
    {
      title: 'a birth whose mother has no child of that day in her household',
      settings: { feeds: { birth: { inUse: true } } },
      given: {
        population: [{ who: 'm', household_no: 'H1' }],
        enrolment: [{ who: 'm' }],
        birth: [{ mother: 'm', brdy: '2022-06-10', live_admdvs: '500299108201' }],
      },
      finds: [{ who: 'birth', priority: 'P2', facts: { daysLeft: 70 }, township: '500299108', rows: 1 }],
    },
    {
      title: 'a child in the household, or enrolled under her as guardian, or under her number, is registered',
      settings: { feeds: { birth: { inUse: true } } },
      given: {
        population: [
          { who: 'm', household_no: 'H2' },
          { who: 'c', household_no: 'H2', brdy: '2022-06-11', pop_stas: '1' },
          { who: 'n', household_no: 'H3' },
          { who: 'o', household_no: 'H4' },
        ],
        enrolment: [
          { who: 'm' },
          { who: 'n' },
          { who: 'o' },
          { who: 'c' },
          { who: 'd', brdy: '2022-06-12', guardian: 'n' },
          { who: 'o', brdy: '2022-06-13', psn_no: 'baby' },
        ],
        birth: [
          { mother: 'm', brdy: '2022-06-11' },
          { mother: 'n', brdy: '2022-06-12' },
          { mother: 'o', brdy: '2022-06-13' },
        ],
      },
      finds: [],
    },
    {
      title: 'a mother whom the register does not know is asked; one whose household it does not say is not',
      settings: { feeds: { birth: { inUse: true } } },
      given: {
        population: [{ who: 'm' }],
        enrolment: [{ who: 'm' }],
        birth: [
          { mother: 'm', brdy: '2022-06-14' },
          { mother: 'x', brdy: '2022-06-15' },
        ],
      },
      finds: [{ who: 'birth 2' }],
    },
    {
      title: 'a newborn who may be registered in the guardian’s name is verified before anybody visits',
      given: {
        population: [
          { who: 'n', brdy: '2022-04-20', guardian: 'g' },
          { who: 'p', brdy: '2022-04-21', guardian: 'h' },
        ],
        enrolment: [
          { who: 'x', brdy: '2022-04-20', guardian: 'g' },
          { who: 'h', brdy: '2022-04-21', psn_no: 'child' },
        ],
      },
      finds: [
        { who: 'n', priority: 'P2', grade: 'E', queue: 'verify', facts: { hint: 'guardian' } },
        { who: 'p', priority: 'P2', grade: 'E', facts: { hint: 'guardian' } },
      ],
    },
    {
      title: 'a birth 91 days ago is over',
      settings: { feeds: { birth: { inUse: true } } },
      given: { birth: [{ mother: 'x', brdy: '2022-03-31' }] },
      finds: [],
    },
  ],
});
