import { z } from 'zod';
import { Yuan } from './money.ts';

/** The public funds of a bill, by the national platform's names, in the order in which they pay. */
export const fundFields = {
  hifp_pay: { zh: '统筹基金', en: 'Basic pooling fund' },
  cvlserv_pay: { zh: '公务员补助', en: 'Civil-service supplement' },
  hifes_pay: { zh: '企业补充', en: 'Enterprise supplement' },
  hifmi_pay: { zh: '居民大病', en: 'Residents, serious illness' },
  hifob_pay: { zh: '职工大额', en: 'Employees, large amounts' },
  hifdm_pay: { zh: '伤残人员', en: 'Disabled veterans' },
  maf_pay: { zh: '医疗救助', en: 'Medical assistance' },
  oth_pay: { zh: '其他支出', en: 'Other public payer' },
} as const;
export type FundField = keyof typeof fundFields;

/** What the patient's side pays of a bill. */
export const patientFields = {
  acct_pay: { zh: '个人账户', en: 'Personal account' },
  acct_mulaid_pay: { zh: '账户共济', en: 'Family account' },
  psn_cash_pay: { zh: '个人现金', en: 'Cash' },
} as const;

const amounts = Object.fromEntries(
  [...Object.keys(fundFields), ...Object.keys(patientFields)].map((field) => [field, Yuan.prefault('0.00')]),
) as Record<FundField | keyof typeof patientFields, z.ZodPrefault<typeof Yuan>>;
const optional = Yuan.optional();
const Id = z.string().regex(/^[\w-]{1,30}$/);

const what = {
  setl_id: Id,
  mdtrt_id: Id,
  refd_setl_flag: z.enum(['0', '1']).default('0'),
  orig_setl_id: Id.optional(),
  insutype: z.string().regex(/^\d{3}$/),
  fixmedins_code: z.string().min(1).max(30),
  fixmedins_name: z.string().max(200).optional(),
  /** Level of the institution, 1 to 3; `town` for a township hospital. */
  hosp_lv: z.enum(['1', '2', '3', 'town']).optional(),
  med_type: z.string().min(1).max(6),
  begndate: z.iso.date(),
  enddate: z.iso.date(),
  /** Asia/Shanghai, `yyyy-MM-dd HH:mm:ss`. */
  setl_time: z.string().regex(/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}$/),
  medfee_sumamt: Yuan,
  inscp_scp_amt: optional,
  fulamt_ownpay_amt: optional,
  overlmt_selfpay: optional,
  preselfpay_amt: optional,
  act_pay_dedc: optional,
  ...amounts,
  fund_pay_sumamt: Yuan,
  psn_part_amt: Yuan,
  hosp_part_amt: Yuan.prefault('0.00'),
  diag_codes: z.array(z.string().max(20)).max(20).optional(),
  invoice_no: z.string().max(50).optional(),
  setl_type: z.string().optional(),
};

/** A bill as `POST /v1/settlements` takes it: the fields of the `settlement` feed, amounts as decimal strings. */
export const BillOnWire = z.strictObject({
  ...what,
  psn_cert_type: z.string().default('01'),
  certno: z.string().min(1).max(50),
  psn_name: z.string().max(50).optional(),
});
export type BillOnWire = z.infer<typeof BillOnWire>;

/** A bill inside the hub: amounts in fen, the person by reference; neither name nor number is kept with it. */
export type Bill = Omit<BillOnWire, 'psn_cert_type' | 'certno' | 'psn_name'> & { person_ref: string };

const inside = (shape: Record<string, z.ZodType>) =>
  Object.fromEntries(
    Object.entries(shape).map(([name, type]) => [
      name,
      type === Yuan
        ? z.int()
        : type === optional
          ? z.int().optional()
          : Object.hasOwn(amounts, name) || name === 'hosp_part_amt'
            ? z.int()
            : type,
    ]),
  );
export const Bill = z.object({ ...inside(what), person_ref: z.string() }) as unknown as z.ZodType<Bill>;
