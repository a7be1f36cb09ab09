import { hardshipTypes } from '../code-lists.ts';
import { code, column, date, type Feed, text } from './feed.ts';
import { personBlock } from './person-block.ts';

const hardship: Feed = {
  name: 'hardship',
  title: { zh: '民政困难群众', en: 'People in hardship' },
  agency: { zh: '民政局', en: 'Civil affairs' },
  unusableCertificate: 'reject',
  columns: [
    ...personBlock(),
    column('idet_type', '身份类别', code(hardshipTypes), { required: true }),
    column('begn_date', '认定日期', date, { required: true }),
    column('end_date', '停止日期', date),
    column('family_no', '家庭编号', text(30)),
    column('idet_admdvs', '认定区划', text(12)),
  ],
  key: ['person', 'idet_type', 'begn_date'],
  freshnessDays: 35,
};

export default hardship;
