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
  examples: [],
});
