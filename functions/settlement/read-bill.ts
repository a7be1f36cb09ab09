import { createHmac } from 'node:crypto';
import type { z } from 'zod';
import { Bill, BillOnWire, FeesOnWire, fundFields } from '../../schemas/bill.ts';
import { inBothLanguages } from '../../schemas/both-languages.ts';
import { readCertificate } from '../../schemas/certificate.ts';
import { type Refusal, refuse } from '../../schemas/errors.ts';
import { personRef } from '../../schemas/person-ref.ts';
import { notStrictJson, strictJson } from '../runtime/strict-json.ts';

export const maxBillBytes = 64 * 1024;

export type BillRead = {
  readonly bill: Bill;
  /** Of the whole content, name and number included, under the hub's secret: nobody can try numbers against it. */
  readonly digest: string;
  /** It brings its fees only: what the funds pay is still to be worked out. */
  readonly compute: boolean;
};
export type BillRefused = Refusal & { readonly issues?: readonly { path: string; message: string }[] };

/** A bill from the bytes that came; name and number are turned into a reference and go no further. */
export function readBill(bytes: Uint8Array, secret: string): BillRead | BillRefused {
  if (bytes.length > maxBillBytes) return refuse('settlement/too-large', { limit: maxBillBytes });
  const json = strictJson(bytes);
  if (json === undefined) return { ...refuse('settlement/bad-bill'), issues: [{ path: '', message: notStrictJson }] };
  const compute = bringsFeesOnly(json.value);
  const parsed = (compute ? FeesOnWire : BillOnWire).safeParse(json.value, { error: inBothLanguages });
  if (!parsed.success) return { ...refuse('settlement/bad-bill'), issues: parsed.error.issues.map(issueOf) };
  const { psn_cert_type, certno, psn_name, ...facts } = parsed.data;
  const amounts = 'compute' in facts ? allByPatient(facts) : facts;
  const certificate = readCertificate(psn_cert_type, certno);
  if (!('personKey' in certificate)) return refuse('settlement/unusable-certificate', { defect: certificate.status });
  return {
    bill: Bill.parse({ ...amounts, person_ref: personRef(secret, certificate.personKey) }),
    digest: contentDigest(secret, { ...facts, personKey: certificate.personKey, psn_name }),
    compute,
  };
}

const bringsFeesOnly = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'compute' in value && value.compute === true;

/** Before the funds have had their turn. */
function allByPatient({ compute: _, ...fees }: Omit<FeesOnWire, 'psn_cert_type' | 'certno' | 'psn_name'>) {
  const psn_part_amt = fees.medfee_sumamt - fees.hosp_part_amt;
  const none = Object.fromEntries(Object.keys(fundFields).map((field) => [field, 0]));
  return { ...none, ...fees, fund_pay_sumamt: 0, psn_part_amt, psn_cash_pay: 0 };
}

/** The same whatever the order of the fields and however an amount is written (`1234.5`, `1234.50`). */
function contentDigest(secret: string, content: object): string {
  const sorted = Object.entries(content)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return createHmac('sha256', secret)
    .update(`bill:${JSON.stringify(sorted)}`)
    .digest('hex');
}

/** Where and what; never the value. */
const issueOf = ({ path, message }: z.core.$ZodIssue) => ({ path: path.join('.'), message });
