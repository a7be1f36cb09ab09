import { rule } from '../rule.ts';

export default rule({
  code: 'XC-302',
  slug: 'duplicate-subsidy',
  name: { zh: '重复资助', en: 'Subsidised twice' },
  family: 'money',
  owner: 'tax-and-bureau',
  definition:
    '同一人同一费款所属年度有两张及以上资助金额大于零的居民医保税票（已扣除退费），合计超过任一缴费日所享有的最高资助标准，金额为超出部分；或本年度只有一张这样的税票，而缴费日和本年度1月1日均为职工医保有效参保，金额为资助金额。',
  needs: {
    'two-subsidies': ['premium-payment', 'hardship', 'rural-monitoring'],
    'employee-member': ['premium-payment', 'enrolment'],
  },
  facts: ['tickets', 'entitlements'],
  considered: "SELECT count(*) FROM tickets WHERE class = 'R' AND subsidised > 0",
  excluded: {
    'within-standard': { zh: '合计未超过最高标准', en: 'together within the highest standard' },
    'standard-unknown': { zh: '资助标准表没有该类别', en: 'the subsidy table does not know the category' },
  },
  sql: () => `
    WITH subsidised AS (
      SELECT t.*, e.standard, e.unknown, e.refs AS held_refs,
        count(*) OVER (PARTITION BY t.person_key, t.pay_year) AS subsidies
      FROM tickets t LEFT JOIN entitlements e USING (ref)
      WHERE t.class = 'R' AND t.subsidised > 0
    ),
    two AS (
      SELECT person_key, pay_year, sum(subsidised)::BIGINT AS together, coalesce(max(standard), 0) AS standard,
        coalesce(bool_or(unknown), false) AS unknown,
        flatten(list(ticket_refs(ref, refund_refs))) || coalesce(flatten(list(held_refs)), []) AS refs
      FROM subsidised WHERE subsidies > 1
      GROUP BY person_key, pay_year
    ),
    member AS (
      SELECT t.person_key, any_value(t.pay_year) AS pay_year, any_value(t.subsidised) AS subsidised,
        any_value(ticket_refs(t.ref, t.refund_refs)) || list(e.ref) AS refs
      FROM subsidised t JOIN enrolment e USING (person_key)
      WHERE t.subsidies = 1 AND t.pay_year = insurance_year()
        AND e.insutype = '310' AND e.psn_insu_stas = '1'
        AND (covers(e.psn_insu_date, e.paus_insu_date, t.pay_date) OR covers(e.psn_insu_date, e.paus_insu_date, year_start()))
      GROUP BY t.person_key
      HAVING bool_or(covers(e.psn_insu_date, e.paus_insu_date, t.pay_date))
        AND bool_or(covers(e.psn_insu_date, e.paus_insu_date, year_start()))
    )
    SELECT person_key, pay_year AS about,
      CASE WHEN together <= standard THEN 'within-standard' WHEN unknown THEN 'standard-unknown' END AS outcome,
      'P0' AS priority, together - standard AS amount_fen, NULL AS queue,
      {pay_year: pay_year, cause: 'two-subsidies'} AS facts,
      refs
    FROM two
    UNION ALL
    SELECT person_key, pay_year, NULL, 'P0', subsidised, NULL, {pay_year: pay_year, cause: 'employee-member'}, refs
    FROM member`,
  evidence: {
    'premium-payment': ['pay_year', 'paid_amt', 'subs_amt', 'subs_type', 'pay_date', 'insuplc_admdvs', 'refund_flag'],
    hardship: ['idet_type', 'begn_date', 'end_date'],
    'rural-monitoring': ['monitor_type', 'risk_stas', 'begn_date', 'end_date'],
    enrolment: ['insutype', 'psn_insu_stas', 'insuplc_admdvs', 'psn_insu_date', 'paus_insu_date'],
  },
  summary: '{pay_year}年度{cause}，涉及资助{amount}，请税务与医保核实资助对象和金额。',
  words: {
    cause: {
      'two-subsidies': '居民医保缴费有多笔资助，合计超过最高标准',
      'employee-member': '职工医保参保期间又享受居民医保缴费资助',
    },
  },
  examples: [
    {
      title: 'two subsidies together above the standard: the excess',
      given: {
        hardship: [{}],
        'premium-payment': [
          { paid_amt: 4000, subs_amt: 28000, subs_type: 'minimum-living' },
          { paid_amt: 26000, subs_amt: 6000, subs_type: 'minimum-living' },
        ],
      },
      finds: [{ about: '2022', priority: 'P0', amount_fen: 6000, facts: { cause: 'two-subsidies' }, rows: 3 }],
    },
    {
      title: 'together the standard is no excess; the highest held on any of the pay dates counts',
      given: {
        hardship: [
          {},
          { who: 'b', end_date: '2021-12-10' },
          { who: 'b', idet_type: 'orphan', begn_date: '2021-12-10' },
        ],
        'premium-payment': [
          { paid_amt: 0, subs_amt: 14000 },
          { paid_amt: 0, subs_amt: 14000 },
          { who: 'b', paid_amt: 0, subs_amt: 16000, pay_date: '2021-12-01' },
          { who: 'b', paid_amt: 0, subs_amt: 16000, pay_date: '2021-12-15' },
        ],
      },
      finds: [],
    },
    {
      title: 'nothing held is a standard of nothing',
      given: {
        'premium-payment': [
          { paid_amt: 0, subs_amt: 5000 },
          { paid_amt: 0, subs_amt: 5000 },
        ],
      },
      finds: [{ amount_fen: 10000 }],
    },
    {
      title: 'a category that the table does not know for the year makes the rule not applicable',
      given: {
        hardship: [{}],
        'premium-payment': [
          { pay_year: '2021', paid_amt: 0, subs_amt: 30000 },
          { pay_year: '2021', paid_amt: 0, subs_amt: 30000 },
        ],
      },
      finds: [],
    },
    {
      title: 'a subsidised resident ticket of somebody employed on the pay date and on 1 January',
      given: {
        hardship: [{}],
        enrolment: [{ insutype: '310', insu_year: null, psn_insu_date: '2021-12-01' }],
        'premium-payment': [{ paid_amt: 4000, subs_amt: 28000, pay_date: '2021-12-01' }],
      },
      finds: [{ about: '2022', priority: 'P0', amount_fen: 28000, facts: { cause: 'employee-member' }, rows: 2 }],
    },
    {
      title: 'hired after the payment, gone by New Year, status not normal, or a ticket of another year: clear',
      given: {
        enrolment: [
          { insutype: '310', insu_year: null, psn_insu_date: '2021-12-02' },
          { who: 'b', insutype: '310', insu_year: null, psn_insu_date: '2020-01-01', paus_insu_date: '2022-01-01' },
          { who: 'c', insutype: '310', insu_year: null, psn_insu_date: '2020-01-01', psn_insu_stas: '4' },
          { who: 'd', insutype: '310', insu_year: null, psn_insu_date: '2020-01-01' },
        ],
        'premium-payment': ['a', 'b', 'c', 'd'].map((who) => ({
          who,
          paid_amt: 4000,
          subs_amt: 28000,
          pay_year: who === 'd' ? '2021' : '2022',
        })),
      },
      finds: [],
    },
    {
      title: 'two subsidies within the standard are none of an employed person either',
      given: {
        hardship: [{}],
        enrolment: [{ insutype: '310', insu_year: null, psn_insu_date: '2020-01-01' }],
        'premium-payment': [{ subs_amt: 14000 }, { subs_amt: 14000 }],
      },
      finds: [],
    },
    {
      title: 'two rows may cover the two days',
      given: {
        enrolment: [
          { insutype: '310', insu_year: null, psn_insu_date: '2020-01-01', paus_insu_date: '2021-12-20' },
          { insutype: '310', insu_year: null, psn_insu_date: '2021-12-25', insuplc_admdvs: '500101' },
        ],
        'premium-payment': [{ paid_amt: 4000, subs_amt: 28000 }, { paid_amt: 32000 }],
      },
      finds: [{ facts: { cause: 'employee-member' }, amount_fen: 28000, rows: 3 }],
    },
  ],
});
