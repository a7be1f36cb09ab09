import { monitoringTypes, riskStatuses } from '../code-lists.ts';
import { code, column, date, type Feed, text } from './feed.ts';
import { personBlock } from './person-block.ts';

const ruralMonitoring: Feed = {
  name: 'rural-monitoring',
  title: { zh: '乡村振兴监测对象', en: 'Rural revitalization monitoring' },
  agency: { zh: '乡村振兴局', en: 'Rural revitalization' },
  unusableCertificate: 'reject',
  columns: [
    ...personBlock(),
    column('monitor_type', '监测类别', code(monitoringTypes), { required: true }),
    column('risk_stas', '风险状态', code(riskStatuses), { required: true }),
    column('begn_date', '识别时间', date, { required: true }),
    column('end_date', '风险消除时间', date),
    column('household_no', '户编号', text(30)),
    column('admdvs', '区划', text(12)),
  ],
  key: ['person', 'monitor_type', 'begn_date'],
  freshnessDays: 35,
};

export default ruralMonitoring;
