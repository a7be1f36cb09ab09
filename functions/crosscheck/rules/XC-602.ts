import { rule } from '../rule.ts';

export default rule({
  code: 'XC-602',
  slug: 'invalid-identity',
  name: { zh: '证件号码无效', en: 'Certificate number not valid' },
  family: 'identity',
  owner: 'bureau-counter',
  grade: 'E',
  stage: 'prelude',
  definition:
    '有效参保记录的公民身份号码不可用（校验位、出生日期、位数不正确，占位号码，被表格软件损坏），且不属于疑似同一人。以参保统筹区和人员编号作为该人的标识，只用于疑点和案件，不用于关联。',
  needs: ['enrolment', 'population'],
  facts: ['unusable', 'same_person'],
  considered: 'SELECT count(*) FROM unusable',
  setAside: "SELECT 'probable-same-person' AS reason, count(*) FROM same_person",
  excluded: { 'probable-same-person': { zh: '已列入疑似同一人', en: 'is an XC-204' } },
  sql: () => `
    SELECT person_key, '' AS about, NULL AS outcome,
      'P3' AS priority, NULL AS amount_fen, NULL AS queue,
      {person: person_key, defect: min(cert_status)} AS facts,
      list(ref) AS refs
    FROM unusable ANTI JOIN same_person USING (ref)
    GROUP BY person_key`,
  evidence: {
    enrolment: [
      'insutype',
      'insu_year',
      'psn_no',
      'psn_insu_stas',
      'insuplc_admdvs',
      'psn_insu_date',
      'paus_insu_date',
    ],
  },
  summary: '有效参保登记的证件号码无效（{defect}），请窗口核对本人证件后更正。',
  words: {
    defect: {
      'bad-check-digit': '校验位不正确',
      'bad-birth-date': '出生日期不正确',
      'bad-length': '位数不正确',
      placeholder: '占位号码',
      'excel-damaged': '被表格软件损坏',
    },
  },
  examples: [
    {
      title: 'an active row whose citizen number is of no use, whatever is wrong with it',
      given: {
        enrolment: [
          { psn_no: 'U1', certno: '50029919800101001' },
          { psn_no: 'U2', certno: '111111111111111111' },
          { psn_no: 'U3', certno: '5.00236E+17' },
          { psn_no: 'U4', certno: '500299801301001' },
          { psn_no: 'U5', certno: '500299198001015550', psn_cert_type: '17' },
        ],
      },
      finds: [
        { who: 'U:500299:U1', priority: 'P3', grade: 'E', queue: 'verify', facts: { defect: 'bad-length' }, rows: 1 },
        { who: 'U:500299:U2', facts: { defect: 'placeholder' } },
        { who: 'U:500299:U3', facts: { defect: 'excel-damaged' } },
        { who: 'U:500299:U4', facts: { defect: 'bad-birth-date' } },
        { who: 'U:500299:U5', facts: { defect: 'bad-check-digit' } },
      ],
    },
    {
      title: 'one finding per number of the register, with all of its rows',
      given: {
        enrolment: [
          { psn_no: 'U6', certno: '5002991980010100' },
          { psn_no: 'U6', certno: '5002991980010100', insutype: '310', insu_year: null },
        ],
      },
      finds: [{ who: 'U:500299:U6', rows: 2 }],
    },
    {
      title:
        'rows that are not active, run beside the basic schemes, hold no number or another certificate are not asked about',
      given: {
        enrolment: [
          { psn_no: 'U7', certno: '5002991980010101', psn_insu_stas: '2' },
          { psn_no: 'U8', certno: '5002991980010102', insutype: '392' },
          { psn_no: 'U9', certno: '5002991980010103', insutype: '350', insu_year: null },
          { psn_no: 'U10', certno: null },
          { psn_no: 'U11', certno: '111111', psn_cert_type: '08' },
        ],
      },
      finds: [],
    },
    {
      title: 'a row that is an XC-204 is not asked about again',
      given: {
        population: [{ certno: '500235198507128018', psn_name: '令狐冲云' }],
        enrolment: [{ psn_no: 'U12', certno: '500235198507128081', psn_name: '令狐冲云' }],
      },
      finds: [],
    },
  ],
});
