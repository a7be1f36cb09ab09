import { z } from 'zod';
import { rule } from '../rule.ts';

export default rule({
  code: 'XC-202',
  slug: 'duplicate-cross-scheme',
  name: { zh: '跨制度重复参保', en: 'Covered as employee and as resident' },
  family: 'covered-twice',
  owner: 'bureau-counter',
  definition:
    '核查日同时有职工医保和居民医保的有效参保，缴费状态为缴费或未填（退休人员不论缴费状态），且重叠已超过60天（60天以内视为转移接续期）。建议职工待遇优先，暂停居民待遇，短期就业结束后居民待遇恢复；职工连续缴费不满12个月的先征询本人意见。',
  needs: ['enrolment'],
  facts: ['cover', 'several_covers'],
  settings: z.strictObject({
    /** Days up to A that two covers may overlap while a transfer is under way. */
    transitionDays: z.number().int().default(60),
    /** Months of unbroken contributions below which the person is asked first. */
    askBelowMonths: z.number().int().default(12),
  }),
  considered: "SELECT count(*) FROM cover WHERE class <> 'O'",
  setAside: `
    SELECT 'one-cover' AS reason, (SELECT count(*) FROM cover WHERE class <> 'O') - (SELECT count(*) FROM several_covers)`,
  excluded: {
    'one-cover': { zh: '只有一条有效参保', en: 'only one active row' },
    'in-transition': { zh: '转移接续期内', en: 'within the transfer months' },
  },
  sql: ({ transitionDays, askBelowMonths }, { settings }) => `
    WITH rows AS (
      SELECT *, as_of() - begin_date > ${transitionDays} AS lasting FROM several_covers WHERE contributing
    ),
    people AS (
      SELECT person_key,
        bool_or(lasting) FILTER (class = 'E') AND bool_or(lasting) FILTER (class = 'R') AS lasting,
        min(cont_months) FILTER (class = 'E' AND lasting) AS months,
        list(ref) FILTER (lasting) AS refs
      FROM rows
      GROUP BY person_key
      HAVING count(DISTINCT class) > 1
    )
    SELECT person_key, '' AS about,
      CASE WHEN NOT lasting THEN 'in-transition' END AS outcome,
      'P1' AS priority, NULL AS amount_fen, NULL AS queue,
      {
        keep: 'E', clause: 'employee-first',
        askPerson: CASE WHEN months < ${askBelowMonths} THEN true END,
        refund: '${settings.refundAdvice.replaceAll("'", "''")}'
      } AS facts,
      refs
    FROM people`,
  evidence: {
    enrolment: [
      'insutype',
      'insu_year',
      'psn_type',
      'psn_insu_stas',
      'psn_clct_stas',
      'insuplc_admdvs',
      'psn_insu_date',
      'paus_insu_date',
      'cont_months',
    ],
  },
  summary:
    '同时参加职工医保和居民医保，[{askPerson}；]建议{clause}，短期就业结束后居民待遇恢复，居民保费退费{refund}。',
  words: {
    clause: { 'employee-first': '职工待遇优先，暂停居民待遇' },
    askPerson: { true: '职工连续缴费月数较少，请先征询本人意见' },
  },
  examples: [
    {
      title: 'employee and resident at once: the employee cover comes first',
      given: { enrolment: [{}, { insutype: '310', insu_year: null, cont_months: 12 }] },
      finds: [
        {
          priority: 'P1',
          facts: { keep: 'E', clause: 'employee-first', askPerson: undefined, refund: '按当地规定' },
          rows: 2,
        },
      ],
    },
    {
      title: 'with less than twelve months of employment the person is asked first',
      given: { enrolment: [{}, { insutype: '310', insu_year: null, cont_months: 11 }] },
      finds: [{ facts: { askPerson: true } }],
    },
    {
      title: 'sixty-one days are too many, sixty a transfer',
      given: {
        enrolment: [
          {},
          { insutype: '310', insu_year: null, psn_insu_date: '2022-04-30' },
          { who: 'b' },
          { who: 'b', insutype: '310', insu_year: null, psn_insu_date: '2022-05-01' },
        ],
      },
      finds: [{}],
    },
    {
      title:
        'paused premiums of either side clear, a pensioner’s do not; an ended, suspended or last year’s row is none',
      given: {
        enrolment: [
          {},
          { insutype: '310', insu_year: null, psn_clct_stas: '2' },
          { who: 'b' },
          { who: 'b', insutype: '310', insu_year: null, psn_clct_stas: '3', psn_type: '12' },
          { who: 'c' },
          { who: 'c', insutype: '310', insu_year: null, paus_insu_date: '2022-06-30' },
          { who: 'd', psn_insu_stas: '2' },
          { who: 'd', insutype: '310', insu_year: null },
          { who: 'e', insu_year: '2021' },
          { who: 'e', insutype: '310', insu_year: null },
        ],
      },
      finds: [{ who: 'b' }],
    },
    {
      title: 'serious-illness and civil-service cover run beside the basic schemes',
      given: {
        enrolment: [
          {},
          { insutype: '392' },
          { who: 'b', insutype: '310', insu_year: null },
          { who: 'b', insutype: '320', insu_year: null },
        ],
      },
      finds: [],
    },
  ],
});
