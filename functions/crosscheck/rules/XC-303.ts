import { rule } from '../rule.ts';

export default rule({
  code: 'XC-303',
  slug: 'entitled-not-subsidised',
  name: { zh: '应资助未资助', en: 'Entitled, not subsidised' },
  family: 'money',
  owner: 'tax-and-bureau',
  definition:
    '本年度只有一张居民医保税票（已扣除退费），缴费日属于困难群体，而资助金额低于当日所享有类别的最高标准（就高不重复）。金额为差额。资助不通过税票发放的地区不适用。',
  needs: ['premium-payment', 'hardship', 'rural-monitoring'],
  facts: ['tickets', 'entitlements'],
  considered: "SELECT count(*) FROM tickets WHERE class = 'R' AND pay_year = insurance_year() AND of_year = 1",
  excluded: {
    'fully-subsidised': { zh: '已按标准资助', en: 'subsidised as due' },
    'outside-the-ticket': { zh: '资助不通过税票发放', en: 'subsidies are paid outside the ticket' },
    'standard-unknown': { zh: '资助标准表没有该类别', en: 'the subsidy table does not know the category' },
  },
  sql: (_, { settings }) => `
    SELECT t.person_key, t.pay_year AS about,
      CASE
        WHEN ${settings.subsidyOutsideTicket} THEN 'outside-the-ticket'
        WHEN t.subsidised < e.at_least THEN NULL
        WHEN e.unknown THEN 'standard-unknown'
        ELSE 'fully-subsidised'
      END AS outcome,
      'P1' AS priority, e.at_least - t.subsidised AS amount_fen, NULL AS queue,
      {cause: CASE WHEN t.subsidised > 0 THEN 'short' ELSE 'none' END, standard: e.at_least} AS facts,
      ticket_refs(t.ref, t.refund_refs) || e.refs AS refs
    FROM tickets t JOIN entitlements e USING (ref)
    WHERE t.class = 'R' AND t.pay_year = insurance_year() AND t.of_year = 1 AND (e.hardship OR e.at_least > 0)`,
  evidence: {
    'premium-payment': ['pay_year', 'paid_amt', 'subs_amt', 'subs_type', 'pay_date', 'refund_flag'],
    hardship: ['idet_type', 'begn_date', 'end_date'],
    'rural-monitoring': ['monitor_type', 'risk_stas', 'begn_date', 'end_date'],
  },
  summary: '缴费日属于困难群体，{cause}，相差{amount}，请核实后补助或退还个人多缴部分。',
  words: { cause: { none: '未获参保资助', short: '参保资助低于标准' } },
  examples: [
    {
      title: 'nothing was subsidised: the standard of the day',
      given: { hardship: [{}], 'premium-payment': [{}] },
      finds: [{ about: '2022', priority: 'P1', amount_fen: 28000, facts: { cause: 'none' }, rows: 2 }],
    },
    {
      title: 'less than the standard was: the difference to the highest of several',
      given: {
        hardship: [{ idet_type: 'severe-disability' }],
        'rural-monitoring': [{ monitor_type: 'returned-to-poverty' }],
        'premium-payment': [{ paid_amt: 16000, subs_amt: 16000 }],
      },
      finds: [{ amount_fen: 9000, facts: { cause: 'short' }, rows: 3 }],
    },
    {
      title: 'hardship counts on the day of payment',
      given: {
        hardship: [
          { begn_date: '2021-12-01' },
          { who: 'b', begn_date: '2021-12-02' },
          { who: 'c', end_date: '2021-12-01' },
          { who: 'd', end_date: '2021-12-02' },
        ],
        'premium-payment': [{}, { who: 'b' }, { who: 'c' }, { who: 'd' }],
      },
      finds: [{}, { who: 'd' }],
    },
    {
      title: 'two tickets make it not applicable; a refunded one beside it does not',
      given: {
        hardship: [{}, { who: 'b' }],
        'premium-payment': [
          {},
          {},
          { who: 'b', ticket_no: 'B1' },
          { who: 'b', ticket_no: 'B2' },
          { who: 'b', ticket_no: 'B3', paid_amt: -32000, refund_flag: true, orig_ticket_no: 'B2' },
        ],
      },
      finds: [{ who: 'b', amount_fen: 28000 }],
    },
    {
      title: 'stable-exit is paid where the table pays it, and nothing here',
      given: { 'rural-monitoring': [{ monitor_type: 'stable-exit' }], 'premium-payment': [{}] },
      finds: [],
    },
    {
      title: 'the table decides by area, age, tier and day',
      settings: {
        subsidies: [
          { year: '2022', category: 'stable-exit', amountFen: 5000 },
          { year: '2022', category: 'minimum-living', amountFen: 20000, area: '500299' },
          { year: '2022', category: 'minimum-living', amountFen: 30000, area: '500101' },
          { year: '2022', category: 'orphan', amountFen: 10000, ageBand: { from: 0, to: 17 } },
          { year: '2022', category: 'severe-disability', amountFen: 10000, tier: '1' },
          { year: '2022', category: 'severe-disability', amountFen: 20000, tier: '2' },
          { year: '2022', category: 'extreme-poverty', amountFen: 20000, validTo: '2021-12-01' },
          { year: '2022', category: 'extreme-poverty', amountFen: 15000, validFrom: '2021-12-01' },
        ],
      },
      given: {
        hardship: [
          { who: 'b' },
          { who: 'c', idet_type: 'orphan' },
          { who: 'd', idet_type: 'orphan' },
          { who: 'e', idet_type: 'severe-disability' },
          { who: 'f', idet_type: 'extreme-poverty' },
        ],
        'rural-monitoring': [{ monitor_type: 'stable-exit' }],
        'premium-payment': [
          {},
          { who: 'b' },
          { who: 'c', brdy: '2004-12-02' },
          { who: 'd', brdy: '2003-12-01' },
          { who: 'e' },
          { who: 'f' },
        ],
      },
      finds: [
        { amount_fen: 5000 },
        { who: 'b', amount_fen: 20000 },
        { who: 'c', amount_fen: 10000 },
        { who: 'e', amount_fen: 10000 },
        { who: 'f', amount_fen: 15000 },
      ],
    },
    {
      title: 'not applicable where subsidies are paid outside the ticket',
      settings: { subsidyOutsideTicket: true },
      given: { hardship: [{}], 'premium-payment': [{}] },
      finds: [],
    },
  ],
});
