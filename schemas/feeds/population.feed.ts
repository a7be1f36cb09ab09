import { populationKinds, populationStatuses } from '../code-lists.ts';
import { code, column, date, type Feed, name, text } from './feed.ts';
import { personBlock } from './person-block.ts';

const population: Feed = {
  name: 'population',
  title: { zh: '公安人口', en: 'Population register' },
  agency: { zh: '公安局', en: 'Public security' },
  unusableCertificate: 'reject',
  columns: [
    ...personBlock({ sexAndBirth: true }),
    column('pop_kind', '人口类别', code(populationKinds), { required: true }),
    column('hukou_admdvs', '户籍地区划', text(12), { required: true }),
    column('live_admdvs', '居住地区划', text(12)),
    column('household_no', '户号', text(20)),
    column('pop_stas', '人员状态', code(populationStatuses), { required: true }),
    column('chg_date', '变动日期', date),
    column('former_name', '曾用名', name(50)),
  ],
  key: ['person', 'pop_kind', 'hukou_admdvs'],
  freshnessDays: 100,
};

export default population;
