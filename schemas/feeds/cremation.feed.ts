import { column, date, type Feed, text } from './feed.ts';
import { personBlock } from './person-block.ts';

const cremation: Feed = {
  name: 'cremation',
  title: { zh: '民政火化', en: 'Cremations' },
  agency: { zh: '民政局', en: 'Civil affairs' },
  unusableCertificate: 'reject',
  columns: [
    ...personBlock(),
    column('crem_date', '火化日期', date, { required: true }),
    column('death_date', '死亡日期', date),
    column('crem_no', '火化证编号', text(30), { required: true }),
    column('fnrl_home', '殡仪馆', text(100)),
  ],
  key: ['crem_no'],
  freshnessDays: 35,
};

export default cremation;
