import { z } from 'zod';
import { YuanText } from './money.ts';
import { PolicyKey } from './policy.ts';

const words = z.object({ zh: z.string(), en: z.string() });

/** A line of the statement: who, of what, by which rule, how much, and what it leaves. */
export const StatementLine = z.object({
  payer: words,
  account: z.string(),
  policy: PolicyKey.extend({ product_code: z.string() }).optional(),
  base: YuanText,
  rule: words,
  explanation: z.array(words.extend({ base: YuanText, result: YuanText })).optional(),
  amount: YuanText,
  left: YuanText,
  state: z.enum(['posted', 'pending', 'declined', 'voided', 'expired', 'payout']),
});
export type StatementLine = z.infer<typeof StatementLine>;

/** 一单: every payer of a bill in turn, down to the patient's cash. */
export const Statement = z.object({
  setl_id: z.string(),
  provider: z.string(),
  at: z.iso.datetime(),
  medfee_sumamt: YuanText,
  lines: z.array(StatementLine),
  /** Paid by insurers to the patient after the bill was settled: they change nothing above. */
  payouts: z.array(StatementLine),
  acct_pay: YuanText,
  acct_mulaid_pay: YuanText,
  psn_cash_pay: YuanText,
  reversed: z
    .object({
      at: z.iso.datetime(),
      entries: z.array(z.object({ payer: words, account: z.string(), amount: YuanText })),
    })
    .optional(),
});
export type Statement = z.infer<typeof Statement>;

export const statementStates: Readonly<Record<StatementLine['state'], { zh: string; en: string }>> = {
  posted: { zh: '已入账', en: 'posted' },
  pending: { zh: '待答复', en: 'not answered yet' },
  declined: { zh: '不予赔付', en: 'declined' },
  voided: { zh: '已作废', en: 'void' },
  expired: { zh: '逾期未答复', en: 'no answer in time' },
  payout: { zh: '赔付本人', en: 'paid to the patient' },
};
