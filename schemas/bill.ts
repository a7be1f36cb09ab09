import { z } from 'zod';
import { benefitFacts } from './benefits.ts';
import { MedType } from './med-type.ts';
import { Yuan } from './money.ts';
import { isCivilDate } from './time.ts';

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

/** What the hospital and the patient's side bear of a bill. */
export const otherPayerFields = {
  hosp_part_amt: { zh: '医院负担', en: 'Borne by the hospital' },
  acct_pay: { zh: '个人账户', en: 'Personal account' },
  acct_mulaid_pay: { zh: '账户共济', en: 'Family account' },
  psn_cash_pay: { zh: '个人现金', en: 'Cash' },
} as const;
export const payerFields = { ...fundFields, ...otherPayerFields } as const;
export type PayerField = keyof typeof payerFields;

/** Sums that a bill states beside what they are made of. */
export const sumFields = ['fund_pay_sumamt', 'psn_part_amt', 'medfee_sumamt'] as const;
export type SumField = (typeof sumFields)[number];

const Id = z.string().regex(/^[\w-]{1,30}$/);
const Time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/)
  .refine((time) => isCivilDate(time.slice(0, 10)));

const facts = {
  setl_id: Id,
  mdtrt_id: Id,
  refd_setl_flag: z.enum(['0', '1']).default('0'),
  orig_setl_id: Id.optional(),
  insutype: z.string().regex(/^\d{3}$/),
  fixmedins_code: z.string().min(1).max(30),
  fixmedins_name: z.string().max(200).optional(),
  /** Level of the institution, 1 to 3; `town` for a township hospital. */
  hosp_lv: z.enum(['1', '2', '3', 'town']).optional(),
  med_type: z.string(),
  begndate: z.iso.date(),
  enddate: z.iso.date(),
  /** Asia/Shanghai, `yyyy-MM-dd HH:mm:ss`. */
  setl_time: Time,
  diag_codes: z.array(z.string().max(20)).max(20).optional(),
  invoice_no: z.string().max(50).optional(),
  setl_type: z.string().max(6).optional(),
  ...benefitFacts,
};

/** All amounts of a bill, once: as text on the wire, as fen inside. */
const amounts = <Amount extends z.ZodType, OrNothing extends z.ZodType>(amount: Amount, orNothing: OrNothing) => ({
  medfee_sumamt: amount,
  inscp_scp_amt: amount.optional(),
  fulamt_ownpay_amt: amount.optional(),
  overlmt_selfpay: amount.optional(),
  preselfpay_amt: amount.optional(),
  act_pay_dedc: amount.optional(),
  hifp_pay: orNothing,
  cvlserv_pay: orNothing,
  hifes_pay: orNothing,
  hifmi_pay: orNothing,
  hifob_pay: orNothing,
  hifdm_pay: orNothing,
  maf_pay: orNothing,
  oth_pay: orNothing,
  fund_pay_sumamt: amount,
  psn_part_amt: amount,
  hosp_part_amt: orNothing,
  acct_pay: orNothing,
  acct_mulaid_pay: orNothing,
  psn_cash_pay: orNothing,
});
const Fen = z.int();
const onWire = amounts(Yuan, Yuan.prefault('0.00'));
export const amountFields = Object.keys(onWire) as (keyof typeof onWire)[];

/** A bill as `POST /v1/settlements` takes it: the fields of the `settlement` feed, amounts as decimal strings. */
export const BillOnWire = z
  .strictObject({
    ...facts,
    med_type: MedType,
    ...onWire,
    psn_cert_type: z.string().max(4).default('01'),
    certno: z.string().min(1).max(50),
    psn_name: z.string().max(50).optional(),
  })
  .check(({ value: bill, issues }) => {
    const fault = (field: string, message: string): void => {
      issues.push({ code: 'custom', path: [field], message, input: undefined });
    };
    const isReversal = bill.refd_setl_flag === '1';
    for (const field of amountFields) {
      const fen = bill[field] ?? 0;
      if (isReversal ? fen > 0 : fen < 0)
        fault(field, isReversal ? '退费结算的金额不得为正 · not above 0 in a reversal' : '金额不得为负 · not below 0');
    }
    if (isReversal && (bill.orig_setl_id === undefined || bill.orig_setl_id === bill.setl_id))
      fault('orig_setl_id', '退费结算须写明另一笔原结算编号 · a reversal names the settlement it reverses');
    if (bill.enddate < bill.begndate) fault('enddate', '结束日期早于开始日期 · ends before it begins');
  });
export type BillOnWire = z.infer<typeof BillOnWire>;

const NotBelow = Yuan.refine((fen) => fen >= 0, { error: '金额不得为负 · not below 0' });

/**
 * A bill that brings its fees only: what the public funds pay is worked out here (`compute`), by the area's benefit
 * table. What a personal account is to pay may be stated; the rest is cash.
 */
export const FeesOnWire = z
  .strictObject({
    ...facts,
    med_type: MedType,
    refd_setl_flag: z.literal('0').default('0'),
    compute: z.literal(true),
    medfee_sumamt: NotBelow,
    inscp_scp_amt: NotBelow.optional(),
    fulamt_ownpay_amt: NotBelow.optional(),
    overlmt_selfpay: NotBelow.optional(),
    preselfpay_amt: NotBelow.optional(),
    hosp_part_amt: NotBelow.prefault('0.00'),
    acct_pay: NotBelow.prefault('0.00'),
    acct_mulaid_pay: NotBelow.prefault('0.00'),
    psn_cert_type: z.string().max(4).default('01'),
    certno: z.string().min(1).max(50),
    psn_name: z.string().max(50).optional(),
  })
  .check(({ value: { begndate, enddate }, issues }) => {
    const message = '结束日期早于开始日期 · ends before it begins';
    if (enddate < begndate) issues.push({ code: 'custom', path: ['enddate'], message, input: undefined });
  });

export type FeesOnWire = z.infer<typeof FeesOnWire>;

/** A bill inside the hub: amounts in fen, the person by reference; neither name nor number is kept with it. */
export const Bill = z.object({ ...facts, ...amounts(Fen, Fen), person_ref: z.string() });
export type Bill = z.infer<typeof Bill>;
