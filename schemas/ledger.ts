import { z } from 'zod';
import { Command, LedgerEntry } from './settlement.ts';

/** What may not balance. */
export const ledgerFaultCodes = {
  orphan: { zh: '有分录而无结算', en: 'Entries or commands without their settlement' },
  'not-replayed': { zh: '重放命令得不到同样的结果', en: 'A command does not apply when it is replayed' },
  'entry-differs': { zh: '分录与重放不符', en: 'An entry is not what its command makes, or is missing or in excess' },
  'state-differs': { zh: '结算状态与重放不符', en: 'The settlement is not what its commands make' },
  'not-balanced': { zh: '借贷与总费用不平', en: 'What the provider is owed is not the whole bill' },
  'not-resolved-once': { zh: '份额未恰好办结一次', en: 'A share was not resolved exactly once' },
  'accumulator-differs': {
    zh: '年度累计与分录不符',
    en: 'What a policy has paid in a year is not the sum of its shares',
  },
} as const;
export type LedgerFaultCode = keyof typeof ledgerFaultCodes;

/** What does not balance, and by how much; one line for people, no name and no number in it. */
export const LedgerFault = z.object({
  setl_id: z.string(),
  code: z.enum(Object.keys(ledgerFaultCodes) as [LedgerFaultCode, ...LedgerFaultCode[]]),
  detail: z.string(),
});
export type LedgerFault = z.infer<typeof LedgerFault>;

/** What is counted for a year, of a policy or of the public funds; `name`: its key in the table `policies`. */
export const Counted = z.object({ name: z.string(), sums: z.record(z.string(), z.int()) });
export type Counted = z.infer<typeof Counted>;
/** As kept beside the policies. */
export const KeptCount = Counted.extend({ version: z.int() });
export type KeptCount = z.infer<typeof KeptCount>;

/** A step through the ledger; `next`: where the one after it begins. */
export const LedgerPage = z.object({
  settlements: z.int(),
  entries: z.int(),
  faults: z.array(LedgerFault),
  counted: z.array(Counted),
  next: z.string().optional(),
});
export type LedgerPage = z.infer<typeof LedgerPage>;

export const AccumulatorPage = z.object({ kept: z.array(KeptCount), next: z.string().optional() });
export type AccumulatorPage = z.infer<typeof AccumulatorPage>;

const kinds = Command.options.map(({ shape }) => shape.kind.value);
/** Everything that happened to one settlement, and what it made of the ledger. */
export const SettlementLedger = z.object({
  commands: z.array(z.object({ id: z.string(), kind: z.enum(kinds), at: z.iso.datetime() })),
  entries: z.array(LedgerEntry),
});
export type SettlementLedger = z.infer<typeof SettlementLedger>;
