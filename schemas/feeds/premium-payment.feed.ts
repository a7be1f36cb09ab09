import { insuranceTypes, subsidyTypes } from '../code-lists.ts';
import { amount, code, column, date, type Feed, flag, text, year } from './feed.ts';
import { personBlock } from './person-block.ts';

/** A refund is its own row with negative amounts, naming the ticket it takes back. */
const premiumPayment: Feed = {
  name: 'premium-payment',
  title: { zh: '税务缴费', en: 'Premium payments' },
  agency: { zh: '税务局', en: 'Tax' },
  unusableCertificate: 'reject',
  columns: [
    ...personBlock(),
    column('ticket_no', '电子税票号码', text(30), { required: true }),
    column('insutype', '险种', code(insuranceTypes), { aliases: ['险种类型'], required: true }),
    column('pay_year', '费款所属年度', year, { required: true }),
    column('paid_amt', '实缴金额', amount, { required: true }),
    column('subs_amt', '资助金额', amount),
    column('subs_type', '资助类别', code(subsidyTypes, 'keep')),
    column('pay_date', '缴费日期', date, { required: true }),
    column('insuplc_admdvs', '参保地区划', text(6), { required: true }),
    column('refund_flag', '退费标志', flag),
    column('orig_ticket_no', '原税票号码', text(30)),
  ],
  key: ['ticket_no'],
  freshnessDays: 7,
};

export default premiumPayment;
