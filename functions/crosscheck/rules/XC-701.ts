import { z } from 'zod';
import { rule } from '../rule.ts';

export default rule({
  code: 'XC-701',
  slug: 'high-cost',
  name: { zh: '高额费用预警', en: 'High cost' },
  family: 'benefits',
  owner: 'civil-affairs',
  definition:
    '核查日前12个月（含核查日）内结算的个人负担总金额之和（退费冲减），困难群体达到5000元、其他人员达到30000元。不论是否在世、是否属于目标人群。只报金额档次，不涉及病情。',
  needs: ['settlement', 'hardship', 'rural-monitoring'],
  facts: ['settled', 'held'],
  settings: z.strictObject({
    months: z.number().int().default(12),
    /** Fen. */
    hardshipThresholdFen: z.number().int().default(500_000),
    /** Fen. */
    othersThresholdFen: z.number().int().default(3_000_000),
  }),
  considered: 'SELECT count(DISTINCT person_key) FROM settled',
  excluded: { 'below-threshold': { zh: '未达到本组标准', en: 'below the threshold of the group' } },
  sql: ({ months, hardshipThresholdFen, othersThresholdFen }) => `
    WITH costs AS (
      SELECT person_key, sum(own_part)::BIGINT AS own_part, list(ref) AS refs FROM settled
      WHERE settled_on > months_after(as_of(), -${months}) AND settled_on <= as_of()
      GROUP BY person_key
      HAVING sum(own_part) >= ${Math.min(hardshipThresholdFen, othersThresholdFen)}
    ),
    groups AS (
      SELECT c.*, CASE WHEN h.person_key IS NULL THEN 'others' ELSE 'hardship' END AS grouped,
        coalesce(h.refs, []) AS held_refs
      FROM costs c LEFT JOIN (
        SELECT person_key, list(ref) AS refs FROM held WHERE hardship AND covers(begin_date, end_date, as_of())
        GROUP BY person_key
      ) h USING (person_key)
    )
    SELECT person_key, '' AS about,
      CASE WHEN own_part < CASE grouped WHEN 'hardship' THEN ${hardshipThresholdFen} ELSE ${othersThresholdFen} END
        THEN 'below-threshold' END AS outcome,
      'P1' AS priority, own_part AS amount_fen, NULL AS queue,
      {
        "group": grouped,
        band: CASE WHEN own_part < 1000000 THEN '<1' WHEN own_part < 3000000 THEN '1-3' WHEN own_part < 5000000 THEN '3-5'
          WHEN own_part < 10000000 THEN '5-10' ELSE '>10' END
      } AS facts,
      refs || held_refs AS refs
    FROM groups`,
  evidence: {
    settlement: ['setl_time', 'psn_part_amt', 'refd_setl_flag'],
    hardship: ['idet_type', 'begn_date', 'end_date'],
    'rural-monitoring': ['monitor_type', 'risk_stas', 'begn_date', 'end_date'],
  },
  summary: '{group}近12个月个人负担医疗费{band}，请民政、乡村振兴部门核实生活状况，按规定给予救助或纳入监测。',
  words: {
    group: { hardship: '困难群体', others: '一般人员' },
    band: { '<1': '不足1万元', '1-3': '1万至3万元', '3-5': '3万至5万元', '5-10': '5万至10万元', '>10': '10万元以上' },
  },
  examples: [
    {
      title: 'thirty thousand yuan in twelve months, five thousand in hardship',
      given: {
        hardship: [{ who: 'b' }],
        settlement: [
          { psn_part_amt: 2000000 },
          { psn_part_amt: 1000000 },
          { who: 'b', psn_part_amt: 500000 },
          { who: 'c', psn_part_amt: 2999999 },
          { who: 'd', psn_part_amt: 600000 },
        ],
      },
      finds: [
        { priority: 'P1', amount_fen: 3000000, facts: { group: 'others', band: '3-5' }, rows: 2 },
        { who: 'b', amount_fen: 500000, facts: { group: 'hardship', band: '<1' } },
      ],
    },
    {
      title: 'the window is (A − 12 months, A], by the day of settlement',
      given: {
        settlement: [
          { psn_part_amt: 3000000, setl_time: '2021-06-30 23:59:59' },
          { who: 'b', psn_part_amt: 3000000, setl_time: '2021-07-01 00:00:00' },
          { who: 'c', psn_part_amt: 3000000, setl_time: '2022-06-30 23:59:59' },
          { who: 'd', psn_part_amt: 3000000, setl_time: '2022-07-01 00:00:00' },
        ],
      },
      finds: [{ who: 'b' }, { who: 'c' }],
    },
    {
      title: 'reversals count with their sign, one number counts once',
      given: {
        settlement: [
          { setl_id: 'I1', psn_part_amt: 3500000 },
          { setl_id: 'I2', psn_part_amt: -1000000, medfee_sumamt: -1000000, refd_setl_flag: true, orig_setl_id: 'I1' },
          { who: 'b', setl_id: 'I3', psn_part_amt: 2000000 },
          { who: 'b', setl_id: 'I3', psn_part_amt: 2000000 },
          { who: 'c', setl_id: 'I4', psn_part_amt: 3500000 },
          { who: 'c', setl_id: 'I4', psn_part_amt: -3500000, medfee_sumamt: -3500000, refd_setl_flag: true },
        ],
      },
      finds: [],
    },
    {
      title: 'hardship counts at A, and stable-exit is none; the dead count as well',
      given: {
        hardship: [{ end_date: '2022-06-30' }],
        'rural-monitoring': [{ who: 'b', monitor_type: 'stable-exit' }],
        'death-police': [{ who: 'c' }],
        settlement: [{ psn_part_amt: 600000 }, { who: 'b', psn_part_amt: 600000 }, { who: 'c', psn_part_amt: 3100000 }],
      },
      finds: [{ who: 'c' }],
    },
  ],
});
