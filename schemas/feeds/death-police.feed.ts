import { cancellationTypes } from '../code-lists.ts';
import { code, column, type Feed, flag, monthEndDate } from './feed.ts';
import { personBlock } from './person-block.ts';

/**
 * Only type 1 that is not restored is a death. Police registers write day 00 where only the month is known;
 * it is read as the last day of that month, so that nobody counts as dead too early.
 */
const deathPolice: Feed = {
  name: 'death-police',
  title: { zh: '公安注销', en: 'Cancelled household registrations' },
  agency: { zh: '公安局', en: 'Public security' },
  unusableCertificate: 'reject',
  columns: [
    ...personBlock(),
    column('canc_type', '注销类别', code(cancellationTypes), { required: true }),
    column('death_date', '死亡日期', monthEndDate),
    column('canc_date', '注销日期', monthEndDate, { required: true }),
    column('restored', '恢复标志', flag),
  ],
  key: ['person', 'canc_type', 'canc_date'],
  freshnessDays: 35,
};

export default deathPolice;
