import { insuranceStatuses, insuranceTypes, paymentStatuses, personTypes } from '../code-lists.ts';
import { code, column, date, type Feed, integer, text, year } from './feed.ts';
import { personBlock } from './person-block.ts';

/** The bureau's own register; may hold rows of other regions, obtained from the national look-up. */
const enrolment: Feed = {
  name: 'enrolment',
  title: { zh: '参保登记', en: 'Enrolment register' },
  agency: { zh: '医保局', en: 'Medical-insurance bureau' },
  unusableCertificate: 'keep',
  columns: [
    ...personBlock(),
    column('psn_no', '人员编号', text(30), { required: true }),
    column('insutype', '险种类型', code(insuranceTypes), { required: true }),
    column('psn_type', '人员类别', code(personTypes, 'keep-subcode')),
    column('psn_insu_stas', '参保状态', code(insuranceStatuses), { required: true }),
    column('psn_clct_stas', '缴费状态', code(paymentStatuses)),
    column('insuplc_admdvs', '参保地区划', text(6), { required: true }),
    column('insu_year', '参保年度', year),
    column('psn_insu_date', '个人参保日期', date, { required: true }),
    column('paus_insu_date', '暂停参保日期', date),
    column('cont_months', '连续缴费月数', integer),
    column('emp_name', '单位名称', text(200)),
    column('live_admdvs', '常住地区划', text(12)),
    column('grad_schl', '学校', text(200)),
    column('schl_admdvs', '学校区划', text(12)),
  ],
  key: ['psn_no', 'insutype', 'insu_year', 'insuplc_admdvs'],
  freshnessDays: 7,
};

export default enrolment;
