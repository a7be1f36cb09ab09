import { isRefusal, refuse } from '../../schemas/errors.ts';
import { type IncomingMessage, type InsurerEvent, outgoing } from '../../schemas/messages.ts';
import type { PolicyKey } from '../../schemas/policy.ts';
import type { Command, Coverage, Settlement } from '../../schemas/settlement.ts';
import { handledWrite, readIncoming } from '../insurers/inbox.ts';
import { readOutgoing } from '../insurers/outbox.ts';
import { changeSettlement, coveragesNow } from './change-settlement.ts';
import { claimDifference } from './claim-difference.ts';
import { holdToConsent } from './hold-to-consent.ts';
import { type PolicyMessage, takePolicyMessage } from './policies/take-policy-message.ts';
import { productStore } from './product-store.ts';
import { statementOddities, takeStatement } from './reconciliation/take-statement.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import { policyWaitsWrite, refusedWrite, statementWaitsWrite } from './tell-insurer.ts';

type Claim = Extract<IncomingMessage, { type: 'claim.adjudicated' | 'claim.paid' }>;
type Statement = Extract<IncomingMessage, { type: 'reconciliation.statement' }>;
type From = { readonly insurer: string; readonly id: string; readonly receivedAt: string };

/** News of a message: an insurer has sent one, or it is decided what became of one of ours. May come twice. */
export async function takeInsurerEvent(dependencies: SettlementDependencies, event: InsurerEvent): Promise<void> {
  if (event.box === 'in') await takeIncoming(dependencies, event);
  else await takeOutgoing(dependencies, event);
}

async function takeIncoming(
  dependencies: SettlementDependencies,
  { insurer, id }: { insurer: string; id: string },
): Promise<void> {
  const { items, tables, sealer } = dependencies;
  const incoming = await readIncoming(items, tables.messages, sealer, insurer, id);
  if (incoming === undefined || incoming.state !== 'received' || incoming.message === undefined) return;
  const { message, receivedAt } = incoming;
  const from = { insurer, id, receivedAt };
  switch (message.type) {
    case 'claim.adjudicated':
    case 'claim.paid':
      await takeClaim(dependencies, from, message, true);
      return;
    case 'policy.upserted':
    case 'policy.terminated':
    case 'consent.revoked':
      await takePolicy(dependencies, from, message);
      return;
    case 'reconciliation.statement':
      await keepStatement(dependencies, from, message);
      return;
    case 'endpoint.ping':
      await items.write([handledWrite(tables.messages, insurer, id, 'pong')]);
      return;
    default:
      throw new Error(`No such message: ${(message satisfies never as IncomingMessage).type}`);
  }
}

/** Our own message was accepted, or will not be sent any more. Only notices matter. */
export async function takeOutgoing(
  dependencies: SettlementDependencies,
  { insurer, id }: { insurer: string; id: string },
): Promise<void> {
  const { items, tables } = dependencies;
  const notice = await readOutgoing(items, tables.messages, insurer, id);
  if (notice?.type !== 'settlement.notice' || notice.setl_id === undefined) return;
  const { setl_id, state, acceptedAt, answerMessage } = notice;
  const order = async (settlement: Settlement): Promise<Command | undefined> => {
    const share = settlement.shares.find(({ noticeId }) => noticeId === id)?.id;
    if (share === undefined) return undefined;
    const at = dependencies.now().toISOString();
    if (state === 'accepted') return { id: `noticed:${id}`, at, kind: 'noticed', share, acceptedAt: acceptedAt ?? at };
    const coverages = await coveragesNow(dependencies, settlement, new Date(at));
    if (state === 'parked') return { id: `expire:${id}`, at, kind: 'expire', share, why: 'not-sent', coverages };
    if (state === 'lapsed')
      return { id: `void:${id}`, at, kind: 'void', share, why: 'consent-ended', stop: false, coverages };
    return undefined;
  };
  await changeSettlement(dependencies, setl_id, order);
  if (answerMessage?.type !== 'claim.adjudicated') return;
  const from = { insurer, id, receivedAt: acceptedAt ?? notice.createdAt };
  if (isAnswerTo(notice.body, answerMessage)) await takeClaim(dependencies, from, answerMessage, false);
  else {
    await differsFromBooks(dependencies, from, answerMessage);
    const { setl_id, policy_no } = claimOfNotice(notice.body);
    const refusal = refuse('settlement/not-this-notice', { setl_id, policy_no });
    await items.write([refusedWrite(dependencies, from, answerMessage.data, refusal)]);
  }
}

/**
 * What an insurer says of a share. Told what became of it in the same transaction.
 * @param inInbox Otherwise it came in the body of the answer to a notice, and `id` is the notice's.
 */
async function takeClaim(
  dependencies: SettlementDependencies,
  from: From,
  claim: Claim,
  inInbox: boolean,
): Promise<void> {
  const { items, tables } = dependencies;
  const { insurer, id } = from;
  const handled = (outcome: string) => (inInbox ? [handledWrite(tables.messages, insurer, id, outcome)] : []);
  const order = async (settlement: Settlement): Promise<Command | undefined> => {
    if (inInbox && !(await stillOpen(dependencies, from))) return undefined;
    const at = dependencies.now();
    return commandOf(from, claim, at, await coveragesNow(dependencies, settlement, at));
  };
  const changed = await changeSettlement(dependencies, claim.data.setl_id, order, () => handled('taken'));
  if (!isRefusal(changed)) return;
  await differsFromBooks(dependencies, from, claim);
  const refusal = refusedWrite(dependencies, from, claim.data, changed);
  await items.write([refusal, ...handled(`refused/${changed.code}`)]);
}

/** What is said of no share that is known: somebody has to look, whether or not a statement follows. */
async function differsFromBooks(
  { openDifferences, now }: SettlementDependencies,
  { insurer, receivedAt }: From,
  { data: { setl_id, policy_no, policy_sub_no, paid_amt } }: Claim,
): Promise<void> {
  const policy: PolicyKey = { insurer, policy_no, policy_sub_no };
  const said = { class: 'answer-refused' as const, paidFen: paid_amt, turnAt: receivedAt };
  const what = claimDifference(setl_id, policy, said);
  await openDifferences([{ ...what, ...policy, setl_id, hubFen: 0, otherFen: paid_amt }], now());
}

function commandOf({ insurer, id, receivedAt }: From, claim: Claim, now: Date, coverages: Coverage[]): Command {
  const { policy_no, policy_sub_no, paid_amt, insurer_claim_no } = claim.data;
  const policy: PolicyKey = { insurer, policy_no, policy_sub_no };
  const common = { at: now.toISOString(), policy, paidFen: paid_amt, messageId: id };
  if (claim.type === 'claim.paid')
    return { ...common, id: `paid:${insurer}:${id}`, kind: 'paid', paidAt: new Date(claim.data.paid_at).toISOString() };
  const { decision, reason_code } = claim.data;
  return {
    ...common,
    id: `answer:${insurer}:${id}`,
    kind: 'answer',
    decision,
    ...(reason_code === undefined ? {} : { reason_code }),
    insurer_claim_no,
    receivedAt,
    coverages,
  };
}

async function stillOpen({ items, tables, sealer }: SettlementDependencies, { insurer, id }: From): Promise<boolean> {
  return (await readIncoming(items, tables.messages, sealer, insurer, id))?.state === 'received';
}

/** Policies are learned first and the message is marked afterwards: all of it may be done again. */
async function takePolicy(
  dependencies: SettlementDependencies,
  { insurer, id, receivedAt }: From,
  message: PolicyMessage,
): Promise<void> {
  const { items, tables, secret } = dependencies;
  const outcome = await takePolicyMessage(
    {
      items,
      table: tables.policies,
      secret,
      holdToConsent: (open) => holdToConsent(dependencies, open, id),
    },
    { insurer, id, message, receivedAt: new Date(receivedAt) },
  );
  const from = { insurer, id, receivedAt };
  if (outcome.state === 'refused') {
    const refused = refusedWrite(dependencies, from, { setl_id: '', ...message.data }, refuse(outcome.code));
    await items.write([refused, handledWrite(tables.messages, insurer, id, `refused/${outcome.code}`)]);
    return;
  }
  // A policy may come before its product; the insurer is told, for a wrong product code looks the same.
  const undeclared =
    message.type === 'policy.upserted' && !(await isDeclared(dependencies, insurer, message.data.product_code));
  const codes = [...outcome.waits, ...(undeclared ? ['policy/no-product' as const] : [])];
  const told = codes.map((code) => policyWaitsWrite(dependencies, from, message, code));
  await items.write([...told, handledWrite(tables.messages, insurer, id, [outcome.state, ...codes].join(', '))]);
}

/** Kept first and marked afterwards: all of it may be done again. */
async function keepStatement(dependencies: SettlementDependencies, from: From, statement: Statement): Promise<void> {
  const { items, tables } = dependencies;
  const { insurer, id, receivedAt } = from;
  await takeStatement(dependencies, insurer, statement);
  const declared = await isDeclared(dependencies, insurer, statement.data.product_code);
  const codes = statementOddities(statement, declared, new Date(receivedAt));
  const told = codes.map((code) => statementWaitsWrite(dependencies, from, statement, code));
  await items.write([...told, handledWrite(tables.messages, insurer, id, ['kept', ...codes].join(', '))]);
}

/** What was declared a moment ago may not be among the products kept here: looks again before it says no. */
async function isDeclared(
  { products, items, tables }: SettlementDependencies,
  insurer: string,
  code: string,
): Promise<boolean> {
  if ((await products()).some(({ product }) => product.insurer === insurer && product.product_code === code))
    return true;
  return (await productStore(items, tables.policies).versions(insurer, code)).length > 0;
}

/** Whether what an insurer said in its answer to a notice is about that notice. */
function isAnswerTo(notice: string, { data }: Extract<Claim, { type: 'claim.adjudicated' }>): boolean {
  const { setl_id, policy_no, policy_sub_no } = claimOfNotice(notice);
  return data.setl_id === setl_id && data.policy_no === policy_no && data.policy_sub_no === policy_sub_no;
}

const claimOfNotice = (body: string) => outgoing['settlement.notice'].parse(JSON.parse(body)).data;
