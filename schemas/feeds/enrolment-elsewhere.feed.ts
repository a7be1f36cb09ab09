import { insuranceStatuses, insuranceTypes, lookupResults } from '../code-lists.ts';
import { code, column, date, type Feed, text } from './feed.ts';
import { personBlock } from './person-block.ts';

/** Answers of the national look-up, where an area gets them. */
const enrolmentElsewhere: Feed = {
  name: 'enrolment-elsewhere',
  title: { zh: '异地参保核查', en: 'Cover in other regions' },
  agency: { zh: '医保局', en: 'Medical-insurance bureau' },
  inUse: 'where-declared',
  unusableCertificate: 'reject',
  columns: [
    ...personBlock(),
    column('query_date', '查询日期', date, { required: true }),
    column('result', '结果', code(lookupResults), { required: true }),
    column('insuplc_admdvs', '参保地区划', text(6)),
    column('insutype', '险种类型', code(insuranceTypes)),
    column('psn_insu_stas', '参保状态', code(insuranceStatuses)),
  ],
  key: ['person', 'query_date', 'insuplc_admdvs'],
  freshnessDays: 35,
};

export default enrolmentElsewhere;
