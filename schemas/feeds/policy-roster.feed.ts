import { policyStatuses } from '../code-lists.ts';
import { code, column, date, type Feed, flag, text } from './feed.ts';
import { personBlock } from './person-block.ts';

const policyRoster: Feed = {
  name: 'policy-roster',
  title: { zh: '商保名单', en: 'Commercial policy roster' },
  agency: { zh: '商业保险公司', en: 'Commercial insurers' },
  unusableCertificate: 'reject',
  columns: [
    ...personBlock(),
    column('insurer_uscc', '保险公司统一社会信用代码', text(18), { required: true }),
    column('product_code', '产品编码', text(30), { required: true }),
    column('policy_no', '保单号', text(40), { required: true }),
    column('policy_sub_no', '分单号', text(40)),
    column('begn_date', '保险期间起', date, { required: true }),
    column('end_date', '保险期间止', date, { required: true }),
    column('wait_end', '等待期止', date),
    column('pre_existing', '既往症', flag),
    column('consent_no', '授权书编号', text(40)),
    column('consent_begn', '授权起', date),
    column('consent_end', '授权止', date),
    column('policy_stas', '保单状态', code(policyStatuses)),
  ],
  key: ['insurer_uscc', 'policy_no', 'policy_sub_no'],
  freshnessDays: 7,
};

export default policyRoster;
