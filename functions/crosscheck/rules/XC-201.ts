import { z } from 'zod';
import { rule } from '../rule.ts';

export default rule({
  code: 'XC-201',
  slug: 'duplicate-same-scheme',
  name: { zh: '制度内重复参保', en: 'Covered twice in one scheme' },
  family: 'covered-twice',
  owner: 'bureau-counter',
  definition:
    '核查日在两个及以上统筹区同时有同一制度（职工或居民）的有效参保，缴费状态为缴费或未填（退休人员不论缴费状态），且重叠已超过60天（60天以内视为转移接续期）。每人每制度一条。建议保留：职工为就业地，退休人员为养老金发放地；居民为常住地，学生为学校所在地；无法判定的注明。',
  needs: ['enrolment'],
  facts: ['cover', 'several_covers'],
  settings: z.strictObject({
    /** Days up to A that two covers may overlap while a transfer is under way. */
    transitionDays: z.number().int().default(60),
  }),
  considered: "SELECT count(*) FROM cover WHERE class <> 'O'",
  setAside: `
    SELECT 'one-cover' AS reason, (SELECT count(*) FROM cover WHERE class <> 'O') - (SELECT count(*) FROM several_covers)`,
  excluded: {
    'one-cover': { zh: '只有一条有效参保', en: 'only one active row' },
    'in-transition': { zh: '转移接续期内', en: 'within the transfer months' },
  },
  sql: ({ transitionDays }, { settings }) => `
    WITH rows AS (
      SELECT *, as_of() - begin_date > ${transitionDays} AS lasting,
        CASE WHEN class = 'E' AND psn_type LIKE '12%' THEN region END AS pension_region,
        CASE WHEN class = 'E' AND emp_name IS NOT NULL THEN region END AS work_region,
        class = 'R' AND (psn_type IN ('1403', '1404') OR coalesce(psn_type, '') NOT LIKE '15%' AND grad_schl IS NOT NULL) AS pupil
      FROM several_covers WHERE contributing
    ),
    people AS (
      SELECT person_key, class,
        list_sort(list(DISTINCT region) FILTER (lasting)) AS regions,
        count(DISTINCT region) AS regions_in_all,
        list(ref) FILTER (lasting) AS refs,
        list(DISTINCT pension_region) FILTER (lasting AND pension_region IS NOT NULL) AS pension_regions,
        list(DISTINCT work_region) FILTER (lasting AND work_region IS NOT NULL) AS work_regions,
        bool_or(pupil) FILTER (lasting) AS pupil,
        list(DISTINCT school_region) FILTER (lasting AND school_region IS NOT NULL) AS school_regions,
        list(DISTINCT live_region) FILTER (lasting AND live_region IS NOT NULL) AS live_regions
      FROM rows
      GROUP BY person_key, class
      HAVING regions_in_all > 1
    ),
    homes AS (
      SELECT person_key, list(DISTINCT live_admdvs[1:6]) FILTER (live_admdvs IS NOT NULL) AS live_regions
      FROM population SEMI JOIN people USING (person_key)
      GROUP BY person_key
    ),
    advised AS (
      SELECT p.*,
        CASE
          WHEN class = 'E' AND len(pension_regions) > 0 THEN 'pension'
          WHEN class = 'E' THEN 'employment'
          WHEN pupil THEN 'school'
          ELSE 'residence'
        END AS clause,
        CASE clause
          WHEN 'pension' THEN pension_regions
          WHEN 'employment' THEN work_regions
          WHEN 'school' THEN school_regions
          ELSE coalesce(p.live_regions, h.live_regions)
        END AS places,
        CASE WHEN len(places) = 1 AND list_contains(regions, places[1]) THEN places[1] END AS keep
      FROM people p LEFT JOIN homes h USING (person_key)
    )
    SELECT person_key, class AS about,
      CASE WHEN coalesce(len(regions), 0) < 2 THEN 'in-transition' END AS outcome,
      'P1' AS priority, NULL AS amount_fen, NULL AS queue,
      {
        class: class, regions: regions, clause: clause, keep: keep,
        undecided: CASE WHEN keep IS NULL THEN true END,
        refund: CASE WHEN class = 'R' THEN ${quote(settings.refundAdvice)} END
      } AS facts,
      refs
    FROM advised`,
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
      'live_admdvs',
      'schl_admdvs',
    ],
  },
  summary:
    '在{regions*}同时参加{class}，[建议按{clause}原则保留{keep}的参保，][按{clause}原则{undecided}，]请窗口与本人核实后办理[，居民保费退费{refund}]。',
  words: {
    class: { E: '职工医保', R: '居民医保' },
    clause: { employment: '就业地', pension: '养老金发放地', residence: '常住地', school: '学校所在地' },
    undecided: { true: '尚不能判定保留哪一处' },
  },
  examples: [
    {
      title: 'resident cover in two regions for more than sixty days',
      given: { enrolment: [{ psn_insu_date: '2022-04-30' }, { insuplc_admdvs: '500101' }] },
      finds: [
        { about: 'R', priority: 'P1', grade: 'A', facts: { class: 'R', regions: ['500101', '500299'] }, rows: 2 },
      ],
    },
    {
      title: 'sixty days are a transfer',
      given: { enrolment: [{ psn_insu_date: '2022-05-01' }, { insuplc_admdvs: '500101' }] },
      finds: [],
    },
    {
      title: 'three regions are one finding; one that is in transfer is left out',
      given: {
        enrolment: [
          {},
          { insuplc_admdvs: '500101' },
          { insuplc_admdvs: '510104' },
          { insuplc_admdvs: '420802', psn_insu_date: '2022-06-01' },
        ],
      },
      finds: [{ facts: { regions: ['500101', '500299', '510104'] }, rows: 3 }],
    },
    {
      title: 'rows whose premiums are paused do not count, unless retired; a missing status counts',
      given: {
        enrolment: [
          { psn_clct_stas: '2' },
          { insuplc_admdvs: '500101' },
          { who: 'b', insutype: '310', insu_year: null, psn_type: '12', psn_clct_stas: '3' },
          {
            who: 'b',
            insutype: '310',
            insu_year: null,
            psn_type: '1201',
            psn_clct_stas: '2',
            insuplc_admdvs: '500101',
          },
          { who: 'c', psn_clct_stas: null },
          { who: 'c', insuplc_admdvs: '500101' },
        ],
      },
      finds: [
        { who: 'b', about: 'E' },
        { who: 'c', about: 'R' },
      ],
    },
    {
      title: 'the old resident schemes are the same class, 350 is none, one region twice is none',
      given: {
        enrolment: [
          {},
          { insutype: '391', insuplc_admdvs: '500101' },
          { who: 'b', insutype: '310', insu_year: null },
          { who: 'b', insutype: '350', insu_year: null, insuplc_admdvs: '500101' },
          { who: 'c' },
          { who: 'c', insutype: '380' },
          { who: 'd' },
          { who: 'd', insutype: '380', insuplc_admdvs: '500235' },
        ],
      },
      finds: [{ about: 'R' }, { who: 'd', about: 'R' }],
    },
    {
      title:
        'employees keep the place of employment, pensioners that of the pension; two employers are for the person to say',
      given: {
        enrolment: [
          { insutype: '310', insu_year: null, emp_name: '甲公司' },
          { insutype: '310', insu_year: null, insuplc_admdvs: '500101' },
          { who: 'b', insutype: '310', insu_year: null, psn_type: '12' },
          { who: 'b', insutype: '310', insu_year: null, psn_type: '11', emp_name: '乙公司', insuplc_admdvs: '500101' },
          { who: 'c', insutype: '310', insu_year: null, emp_name: '甲公司' },
          { who: 'c', insutype: '310', insu_year: null, emp_name: '乙公司', insuplc_admdvs: '500101' },
        ],
      },
      finds: [
        { facts: { clause: 'employment', keep: '500299' } },
        { who: 'b', facts: { clause: 'pension', keep: '500299' } },
        { who: 'c', facts: { clause: 'employment', keep: undefined, undecided: true } },
      ],
    },
    {
      title: 'residents keep the place where they live, pupils that of the school',
      given: {
        population: [{ who: 'b', live_admdvs: '500101102203' }],
        enrolment: [
          { live_admdvs: '500299104201' },
          { insuplc_admdvs: '500101' },
          { who: 'b' },
          { who: 'b', insuplc_admdvs: '500101' },
          { who: 'c', psn_type: '1403', schl_admdvs: '500101000000', live_admdvs: '500299104201' },
          { who: 'c', psn_type: '1403', insuplc_admdvs: '500101' },
          { who: 'd', psn_type: '1404', grad_schl: '某大学', live_admdvs: '500299104201' },
          { who: 'd', insuplc_admdvs: '500101' },
          { who: 'e', live_admdvs: '510104104201' },
          { who: 'e', insuplc_admdvs: '500101' },
        ],
      },
      finds: [
        { facts: { clause: 'residence', keep: '500299', refund: '按当地规定' } },
        { who: 'b', facts: { clause: 'residence', keep: '500101' } },
        { who: 'c', facts: { clause: 'school', keep: '500101' } },
        { who: 'd', facts: { clause: 'school', undecided: true } },
        { who: 'e', facts: { clause: 'residence', undecided: true } },
      ],
    },
    {
      title: 'a row joined through a 15-digit number is grade C',
      given: {
        enrolment: [{ certno: '500299800101001' }, { certno: '500299198001010014', insuplc_admdvs: '500101' }],
      },
      finds: [{ who: '500299198001010014', grade: 'C' }],
    },
  ],
});

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
