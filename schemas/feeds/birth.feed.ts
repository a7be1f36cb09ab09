import { certTypes } from '../code-lists.ts';
import { certificate, code, column, date, documentNumber, type Feed, name, text } from './feed.ts';

/** The child has no number of its own yet: it is known by its birth certificate, and by its mother. */
const birth: Feed = {
  name: 'birth',
  title: { zh: '出生医学证明', en: 'Births' },
  agency: { zh: '卫生健康委', en: 'Health commission' },
  inUse: 'where-declared',
  unusableCertificate: 'none',
  personDocument: { prefix: 'B', field: 'birth_cert_no' },
  relatives: [{ key: 'mother_key', certType: 'mother_cert_type', certno: 'mother_certno' }],
  columns: [
    column('birth_cert_no', '出生医学证明编号', documentNumber('[A-Z][0-9]{9}', 10), { required: true }),
    column('brdy', '出生日期', date, { required: true }),
    column('mother_cert_type', '母亲证件类型', code(certTypes), { default: '01' }),
    column('mother_certno', '母亲证件号码', certificate(50), { required: true }),
    column('mother_name', '母亲姓名', name(50)),
    column('live_admdvs', '居住地区划', text(12)),
  ],
  key: ['birth_cert_no'],
  freshnessDays: 35,
};

export default birth;
