import { z } from 'zod';
import { rule } from '../rule.ts';

export default rule({
  code: 'XC-401',
  slug: 'deceased-enrolled',
  name: { zh: '死亡人员参保', en: 'Deceased and still enrolled' },
  family: 'death',
  owner: 'bureau',
  definition:
    '公安死亡注销（未恢复）或民政火化记录显示已死亡，距最晚死亡日期超过30天且距最早登记日期超过15天，而核查日参保仍为有效。公安注销已恢复而有火化记录的为相互矛盾，按火化日期提示核实。',
  needs: ['death-police', 'cremation', 'enrolment'],
  facts: ['cover', 'deaths'],
  settings: z.strictObject({
    /** Days after the last date any source gives in which the cover may be ended. */
    afterDeathDays: z.number().int().default(30),
    /** Days after the first report. */
    afterReportDays: z.number().int().default(15),
  }),
  considered: 'SELECT count(*) FROM deaths WHERE dead OR contradicted',
  excluded: {
    'recent-death': { zh: '死亡或登记不久，尚在办理期', en: 'too recent: the cover may yet be ended in time' },
  },
  sql: ({ afterDeathDays, afterReportDays }) => `
    SELECT d.person_key, '' AS about,
      CASE WHEN NOT (as_of() - d.last_date > ${afterDeathDays} AND as_of() - d.reported > ${afterReportDays})
        THEN 'recent-death' END AS outcome,
      CASE WHEN d.contradicted THEN 'P2' ELSE 'P1' END AS priority,
      NULL AS amount_fen, NULL AS queue,
      {
        first: d.first_date, last: d.last_date, reported: d.reported, sources: d.sources,
        strong: CASE WHEN len(d.sources) > 1 THEN true END,
        contradicted: CASE WHEN d.contradicted THEN true END
      } AS facts,
      any_value(d.refs) || list(c.ref) AS refs
    FROM deaths d JOIN cover c USING (person_key)
    WHERE (d.dead OR d.contradicted) AND c.class <> 'O'
    GROUP BY ALL`,
  evidence: {
    enrolment: ['insutype', 'insu_year', 'psn_insu_stas', 'insuplc_admdvs', 'psn_insu_date', 'paus_insu_date'],
    'death-police': ['canc_type', 'death_date', 'canc_date', 'restored'],
    cremation: ['crem_date', 'death_date'],
  },
  summary: '{sources*}记载{last}已死亡，参保仍为有效，[{contradicted}，]请医保局核实后办理终止，不宜直接联系家属。',
  words: {
    sources: { 'death-police': '公安注销', cremation: '民政火化' },
    contradicted: { true: '公安死亡注销已恢复，两部门记录不一致' },
  },
  examples: [
    {
      title: 'active more than 30 days after death and more than 15 after the report',
      given: { enrolment: [{}], 'death-police': [{ death_date: '2022-05-30', canc_date: '2022-06-05' }] },
      finds: [
        {
          priority: 'P1',
          grade: 'A',
          facts: {
            first: '2022-05-30',
            last: '2022-05-30',
            reported: '2022-06-05',
            sources: ['death-police'],
            strong: undefined,
          },
          rows: 2,
        },
      ],
    },
    {
      title: 'thirty days after death or fifteen after the report are still in time',
      given: {
        enrolment: [{}, { who: 'b' }, { who: 'c' }],
        'death-police': [
          { death_date: '2022-05-31', canc_date: '2022-06-01' },
          { who: 'b', death_date: '2022-01-01', canc_date: '2022-06-15' },
          { who: 'c', death_date: '2022-01-01', canc_date: '2022-06-14' },
        ],
      },
      finds: [{ who: 'c' }],
    },
    {
      title: 'two sources: the last date and the first report count',
      given: {
        enrolment: [{}, { who: 'b' }],
        'death-police': [
          { death_date: '2022-05-01', canc_date: '2022-06-20' },
          { who: 'b', death_date: '2022-05-01', canc_date: '2022-05-05' },
        ],
        cremation: [
          { death_date: '2022-05-03', crem_date: '2022-05-06' },
          { who: 'b', death_date: '2022-06-01', crem_date: '2022-06-03' },
        ],
      },
      finds: [
        {
          facts: {
            first: '2022-05-01',
            last: '2022-05-03',
            reported: '2022-05-06',
            sources: ['cremation', 'death-police'],
            strong: true,
          },
          rows: 3,
        },
      ],
    },
    {
      title: 'a missing date of death is that of the cancellation or cremation',
      given: {
        enrolment: [{}, { who: 'b' }],
        'death-police': [{ death_date: null, canc_date: '2022-05-20' }],
        cremation: [{ who: 'b', death_date: null, crem_date: '2022-03-10' }],
      },
      finds: [{ facts: { last: '2022-05-20' } }, { who: 'b', facts: { first: '2022-03-10', reported: '2022-03-10' } }],
    },
    {
      title: 'contradicted deaths are reported by the cremation’s dates, one step lower',
      given: {
        enrolment: [{}, { who: 'b' }],
        'death-police': [
          { restored: true, death_date: '2021-01-01', canc_date: '2021-01-05' },
          { who: 'b', restored: true },
          { who: 'b', death_date: '2022-03-12', canc_date: '2022-03-18' },
        ],
        cremation: [{}, { who: 'b' }],
      },
      finds: [
        {
          priority: 'P2',
          facts: {
            contradicted: true,
            first: '2022-03-10',
            reported: '2022-03-12',
            sources: ['cremation'],
            strong: undefined,
          },
        },
        { who: 'b', priority: 'P1', facts: { contradicted: undefined, strong: true, last: '2022-03-12' } },
      ],
    },
    {
      title: 'a restored death, another reason, an ended or side-scheme row: clear',
      given: {
        enrolment: [
          {},
          { who: 'b' },
          { who: 'c', psn_insu_stas: '4' },
          { who: 'd', insutype: '392' },
          { who: 'e', insutype: '350', insu_year: null },
        ],
        'death-police': [{ restored: true }, { who: 'b', canc_type: '4' }, { who: 'c' }, { who: 'd' }, { who: 'e' }],
      },
      finds: [],
    },
    {
      title: 'several active rows are one finding; a name that differs makes it one to verify',
      given: {
        enrolment: [{}, { insutype: '310', insu_year: null, psn_name: '李四' }],
        'death-police': [{}],
      },
      finds: [{ priority: 'P2', grade: 'D', queue: 'verify', rows: 3 }],
    },
  ],
});
