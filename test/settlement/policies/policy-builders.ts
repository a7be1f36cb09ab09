import type { RosterRow } from '../../../functions/settlement/policies/roster-facts.ts';
import type { PolicyMessage } from '../../../functions/settlement/policies/take-policy-message.ts';
import { checkCharacter } from '../../../schemas/certificate.ts';
import { incoming } from '../../../schemas/messages.ts';

/** A citizen number of nobody. */
export function certificateOf(n: number): string {
  const first17 = `50023619880101${String(n).padStart(3, '0')}`;
  return first17 + checkCharacter(first17);
}

export const rosterRow = (row: Partial<RosterRow> = {}): RosterRow => ({
  insurer_uscc: 'A',
  policy_no: 'P',
  policy_sub_no: '',
  person_key: `C:${certificateOf(1)}`,
  product_code: 'HMB',
  begn_date: '2026-01-01',
  end_date: '2026-12-31',
  wait_end: null,
  pre_existing: false,
  consent_no: null,
  consent_begn: null,
  consent_end: null,
  policy_stas: '1',
  ...row,
});

export function messageOf(type: PolicyMessage['type'], at: number, data: object): PolicyMessage {
  const timestamp = new Date(at).toISOString();
  const defaults = {
    'policy.upserted': {
      product_code: 'HMB',
      certno: certificateOf(1),
      begn_date: '2026-01-01',
      end_date: '2026-12-31',
    },
    'policy.terminated': {},
    'consent.revoked': { consent_no: 'none', revoked_at: timestamp },
  }[type];
  return incoming[type].parse({ type, timestamp, data: { ...defaults, ...data } }) as PolicyMessage;
}
