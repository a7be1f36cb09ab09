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
  examples: [],
});
