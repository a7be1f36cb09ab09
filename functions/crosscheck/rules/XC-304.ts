import { z } from 'zod';
import { hardshipTypes, monitoringTypes } from '../../../schemas/code-lists.ts';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import { feedUse, type Settings } from '../../../schemas/settings.ts';
import { type Circumstances, rule } from '../rule.ts';

export default rule({
  code: 'XC-304',
  slug: 'subsidy-unexplained',
  name: { zh: '资助资格待核实', en: 'Subsidy not explained by the lists' },
  family: 'money',
  owner: 'tax-and-bureau',
  definition:
    '本年度居民医保税票（已扣除退费）有资助金额，而缴费日不属于困难群体（金额为资助金额），或资助高于当日所享有类别的最高标准（金额为超出部分）。资助类别不在两份名单之内的（如退役军人）不适用；名单不保留历史的，缴费日前后45天内没有快照也不适用。',
  needs: ['premium-payment', 'hardship', 'rural-monitoring'],
  facts: ['tickets', 'entitlements'],
  settings: z.strictObject({
    /** How near to the pay date a list that keeps no history must have been sent. */
    snapshotWithinDays: z.number().int().default(45),
  }),
  considered: "SELECT count(*) FROM tickets WHERE class = 'R' AND pay_year = insurance_year() AND subsidised > 0",
  excluded: {
    'within-standard': { zh: '有资格且未超过标准', en: 'entitled and within the standard' },
    'other-category': { zh: '资助类别不在名单之内', en: 'a category that no list holds' },
    'list-without-history': { zh: '名单没有缴费日前后的数据', en: 'no data of the list near the pay date' },
    'standard-unknown': { zh: '资助标准表没有该类别', en: 'the subsidy table does not know the category' },
  },
  sql: ({ snapshotWithinDays }, circumstances) => `
    WITH judged AS (
      SELECT t.*, coalesce(e.hardship, false) AS hardship, coalesce(e.standard, 0) AS standard,
        coalesce(e.unknown, false) AS unknown, coalesce(e.refs, []) AS held_refs,
        CASE
          WHEN t.subs_type IN (${codes(hardshipTypes)}) THEN ${knows('hardship', circumstances, snapshotWithinDays)}
          WHEN t.subs_type IN (${codes(monitoringTypes)}) THEN ${knows('rural-monitoring', circumstances, snapshotWithinDays)}
          ELSE ${knows('hardship', circumstances, snapshotWithinDays)} AND ${knows('rural-monitoring', circumstances, snapshotWithinDays)}
        END AS known
      FROM tickets t LEFT JOIN entitlements e USING (ref)
      WHERE t.class = 'R' AND t.pay_year = insurance_year() AND t.subsidised > 0
    )
    SELECT person_key, ticket_no AS about,
      CASE
        WHEN subs_type NOT IN (${codes(hardshipTypes)}, ${codes(monitoringTypes)}) THEN 'other-category'
        WHEN subsidised <= standard THEN 'within-standard'
        WHEN NOT known THEN 'list-without-history'
        WHEN unknown THEN 'standard-unknown'
      END AS outcome,
      'P1' AS priority, subsidised - standard AS amount_fen, NULL AS queue,
      {cause: CASE WHEN hardship OR standard > 0 THEN 'over' ELSE 'not-entitled' END} AS facts,
      ticket_refs(ref, refund_refs) || CASE WHEN hardship OR standard > 0 THEN held_refs ELSE [] END AS refs
    FROM judged`,
  evidence: {
    'premium-payment': ['pay_year', 'paid_amt', 'subs_amt', 'subs_type', 'pay_date', 'refund_flag'],
    hardship: ['idet_type', 'begn_date', 'end_date'],
    'rural-monitoring': ['monitor_type', 'risk_stas', 'begn_date', 'end_date'],
  },
  summary: '居民医保缴费享受了资助，{cause}，涉及{amount}，请核实资助依据。',
  words: { cause: { 'not-entitled': '名单中没有缴费日的困难身份', over: '金额高于所属类别的最高标准' } },
  examples: [
    {
      title: 'a subsidy without hardship on the pay date: the subsidy',
      given: { 'premium-payment': [{ ticket_no: 'C1', paid_amt: 4000, subs_amt: 28000, subs_type: 'minimum-living' }] },
      finds: [{ about: 'C1', priority: 'P1', amount_fen: 28000, facts: { cause: 'not-entitled' }, rows: 1 }],
    },
    {
      title: 'a subsidy above the highest standard: the excess',
      given: {
        hardship: [{ idet_type: 'severe-disability' }, {}],
        'premium-payment': [{ paid_amt: 0, subs_amt: 32000 }],
      },
      finds: [{ amount_fen: 4000, facts: { cause: 'over' }, rows: 3 }],
    },
    {
      title: 'what the standard covers is clear, whatever category the ticket names',
      given: { hardship: [{}], 'premium-payment': [{ paid_amt: 16000, subs_amt: 16000, subs_type: 'at-risk' }] },
      finds: [],
    },
    {
      title: 'each ticket by itself, with what refunds left of its subsidy',
      given: {
        'premium-payment': [
          { ticket_no: 'C2', paid_amt: 16000, subs_amt: 16000 },
          { ticket_no: 'C3', paid_amt: 16000, subs_amt: 16000 },
          { ticket_no: 'C4', paid_amt: 0, subs_amt: -10000, refund_flag: true, orig_ticket_no: 'C3' },
        ],
      },
      finds: [
        { about: 'C2', amount_fen: 16000, rows: 1 },
        { about: 'C3', amount_fen: 6000, rows: 2 },
      ],
    },
    {
      title: 'a category that no list holds makes it not applicable; a missing one does not',
      given: {
        'premium-payment': [
          { paid_amt: 0, subs_amt: 32000, subs_type: '退役军人' },
          { who: 'b', paid_amt: 0, subs_amt: 32000, subs_type: null },
        ],
      },
      finds: [{ who: 'b' }],
    },
    {
      title: 'a list without history must have been sent near the pay date',
      settings: { feeds: { hardship: { keepsHistory: false } } },
      given: {
        'premium-payment': [
          { paid_amt: 4000, subs_amt: 28000, subs_type: 'minimum-living', pay_date: '2022-05-15' },
          { who: 'b', paid_amt: 4000, subs_amt: 28000, subs_type: 'minimum-living', pay_date: '2022-05-16' },
          { who: 'c', paid_amt: 4000, subs_amt: 25000, subs_type: 'returned-to-poverty', pay_date: '2021-12-01' },
          { who: 'd', paid_amt: 4000, subs_amt: 25000, pay_date: '2021-12-01' },
        ],
      },
      finds: [{ who: 'b' }, { who: 'c' }],
    },
    {
      title: 'tickets of another year and of the employee scheme are not asked about',
      given: {
        'premium-payment': [
          { pay_year: '2021', subs_amt: 16000 },
          { who: 'b', insutype: '310', subs_amt: 16000 },
        ],
      },
      finds: [],
    },
  ],
});

const codes = (list: { readonly codes: object }) =>
  Object.keys(list.codes)
    .map((code) => `'${code}'`)
    .join(', ');

/** Whether a list can say who was on it on a ticket's pay date. */
function knows(feed: string, { settings, snapshotDates }: Circumstances, days: number): string {
  if (keepsHistory(feed, settings)) return 'true';
  const near = snapshotDates(feed).map((date) => `abs(t.pay_date - DATE '${date}') <= ${days}`);
  return `(${near.join(' OR ') || 'false'})`;
}

function keepsHistory(name: string, settings: Settings): boolean {
  const feed = feedNamed(name);
  return feed === undefined || feedUse(settings, feed).keepsHistory;
}
