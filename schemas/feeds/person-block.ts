import { certTypes, sexes } from '../code-lists.ts';
import { type Column, certificate, code, column, date, name } from './feed.ts';

/** The columns that say whose row it is; every feed about people begins with them. */
export function personBlock(required: { readonly sexAndBirth?: boolean } = {}): Column[] {
  const needed = { required: required.sexAndBirth ?? false };
  return [
    column('psn_cert_type', '证件类型', code(certTypes), { aliases: ['证照类型'], default: '01' }),
    column('certno', '证件号码', certificate(50), {
      aliases: ['身份证号', '身份证号码', '公民身份号码', '身份证件号码'],
      required: true,
    }),
    column('psn_name', '姓名', name(50), { aliases: ['人员姓名'], required: true }),
    column('gend', '性别', code(sexes), needed),
    column('brdy', '出生日期', date, needed),
    column('old_certno', '原证件号码', certificate(50)),
    column('guardian_certno', '监护人证件号码', certificate(50)),
  ];
}
