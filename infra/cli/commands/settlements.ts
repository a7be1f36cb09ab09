import { addCounted, verifyAccumulators } from '../../../functions/settlement/ledger.ts';
import { payerFields } from '../../../schemas/bill.ts';
import {
  type AccumulatorPage,
  type Counted,
  type KeptCount,
  type LedgerFault,
  type LedgerPage,
  ledgerFaultCodes,
} from '../../../schemas/ledger.ts';
import type { ReversalView, SettlementAnswer, SettlementState, SettlementView } from '../../../schemas/settlement.ts';
import { type Statement, statementStates } from '../../../schemas/statement.ts';
import { type ClientOptions, show } from '../answer.ts';
import { type HubClient, HubRefusal, hubOf, sumLine } from '../client.ts';
import { readJsonFile } from '../read-json-file.ts';
import { number, tableOf, wrapped } from '../table.ts';
import { wallTime } from '../wall-time.ts';
import { showDifferences } from './reconcile.ts';

const stateWords: Record<SettlementState, string> = {
  received: '合计不平，待核 received',
  'awaiting-insurers': '等待保险公司 awaiting-insurers',
  settled: '已结算 settled',
  'settled-by-hand': '人工办结 settled-by-hand',
  reversing: '等待原结算 reversing',
  reversed: '已退费 reversed',
};
const stateOf = (state: string): string => stateWords[state as SettlementState] ?? state;

const shareWords: Record<string, string> = {
  waiting: '等待前序 waiting',
  pending: '待答复 pending',
  posted: '已入账 posted',
  declined: '不予赔付 declined',
  voided: '已作废 voided',
  expired: '逾期 expired',
};

export async function showSettlement(setlId: string, options: ClientOptions): Promise<void> {
  const hub = hubOf(options);
  const path = `/settlements/${encodeURIComponent(setlId)}`;
  const settlement = await hub.get<SettlementView | ReversalView>(path);
  if ('orig_setl_id' in settlement) {
    const statement = await statementOf(hub, settlement.orig_setl_id);
    show(options, { settlement, statement }, () => showReversal(settlement));
    return;
  }
  const statement = await statementOf(hub, setlId);
  show(options, { settlement, statement }, () => showBill(settlement, statement));
}

/** Nothing is posted of a bill whose sums differ, or that has not come. */
async function statementOf(hub: HubClient, setlId: string): Promise<Statement | undefined> {
  try {
    return await hub.get<Statement>(`/settlements/${encodeURIComponent(setlId)}/statement`);
  } catch (error) {
    if (error instanceof HubRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** Posts a bill as the core system would; `preview` only asks what it would come to. */
export async function postBill(file: string, options: ClientOptions & { preview?: boolean }): Promise<void> {
  const path = options.preview === true ? '/settlements/preview' : '/settlements';
  const hub = hubOf(options);
  const answer = await hub.post<SettlementAnswer>(path, await readJsonFile(file));
  show(options, answer, () => [showAnswer(answer), ...laterNews(answer, options)].join('\n'));
}

/** What was answered first is answered for ever; what insurers have said since stands elsewhere. */
function laterNews({ setl_id, state, shares }: SettlementAnswer, { preview }: { preview?: boolean }): string[] {
  const isOpen = shares.some(({ state }) => state === 'pending' || state === 'waiting');
  if (preview === true || state === 'reversed' || !isOpen) return [];
  return [`首次答复，之后的变化见 the first answer; what came of it since: canbao settlement show ${setl_id}`];
}

function showBill(view: SettlementView, statement: Statement | undefined): string {
  const { setl_id, state, received_at, settled_at, window_ends, reversed_by } = view;
  const moments = [
    `收到 received ${wallTime(received_at)}`,
    settled_at === undefined ? '' : `办结 settled ${wallTime(settled_at)}`,
    state === 'awaiting-insurers' ? `等待至 waits until ${wallTime(window_ends)}` : '',
  ];
  const reversed = reversed_by === undefined ? '' : ` · 退费 reversed by ${reversed_by}`;
  return [
    `${setl_id} · ${stateOf(state)}${reversed}`,
    moments.filter(Boolean).join(' · '),
    ...(view.sums ?? []).map(sumLine),
    ...(statement === undefined ? [] : [showStatement(statement)]),
    ...(view.late ?? []).map(
      ({ insurer, product_code, policy_no, paid_amt, at }) =>
        `迟到的答复，不计入 too late, changes nothing: ${paid_amt} · ${wallTime(at)}\n  ${insurer} ${product_code} ${policy_no}`,
    ),
    ...(view.not_asked ?? []).map(
      ({ insurer, product_code, policy_no, reason }) =>
        `未询问 not asked: ${notAskedWords[reason] ?? ''} ${reason}\n  ${insurer} ${product_code} ${policy_no}`,
    ),
    ...toClearUp(view),
  ].join('\n');
}

/** Why a policy of the person is not asked, beside the code. */
const notAskedWords: Readonly<Record<string, string>> = {
  'no-consent': '没有有效授权',
  'consent-revoked': '授权已撤销',
  terminated: '保单已终止',
  'outside-dates': '就诊不在保险期间内',
  'no-product': '产品未登记',
  'waiting-period': '在等待期内',
  'excluded-med-type': '医疗类别不在保障范围',
  'no-scope-amount': '单据没有政策范围内金额',
  'too-many-insurers': '超过一张单据可询问的保单数',
  'reversed-before': '结算到达之前已退费',
};

/** Differences about it, and why they are there. */
function toClearUp({ differences = [] }: SettlementView | ReversalView): string[] {
  if (differences.length === 0) return [];
  const notes = differences.flatMap(({ id, note }) =>
    note === undefined ? [] : [`${id}\n  ${note.zh}\n  ${note.en}`],
  );
  return ['差异 differences', showDifferences(differences), ...notes];
}

function showReversal(view: ReversalView): string {
  const { setl_id, orig_setl_id, received_at, counter, refused, reason } = view;
  const outcome = refused === undefined ? stateOf(counter?.state ?? '') : `已拒绝 refused (${refused})`;
  return [
    `${setl_id} · 退费，原结算 reversal of ${orig_setl_id} · ${outcome}`,
    `收到 received ${wallTime(received_at)}`,
    ...(reason === undefined ? [] : [reason.zh, reason.en]),
    ...(refused === undefined && counter !== undefined ? [showAnswer(counter)] : []),
    ...toClearUp(view),
  ].join('\n');
}

function showAnswer(answer: SettlementAnswer): string {
  const { setl_id, state, medfee_sumamt, payers, shares, payouts = [], psn_cash_pay, acct_pay } = answer;
  if (state === 'reversing')
    return `${setl_id} · ${stateOf(state)} · 原结算到达后才知能否退费 · whether it fits is known when its settlement comes`;
  const table = tableOf(['付款方 payer', '状态 state', '支付 pays'], 2);
  for (const [field, amount] of Object.entries(payers)) table.push([payerName(field), '', amount]);
  for (const { insurer, product_code, state, paid_amt } of shares)
    table.push([`${insurer} ${product_code}`, shareWords[state] ?? state, paid_amt]);
  table.push(['个人账户 Personal account', '', acct_pay], ['个人现金 Cash', '', psn_cash_pay]);
  for (const { insurer, product_code, paid_amt } of payouts)
    table.push([`${insurer} ${product_code}`, '赔付本人，收回 payout, taken back', paid_amt]);
  const who =
    '赔付本人的金额由保险公司与本人结清，不在医疗机构退款之内 · payouts are settled between insurer and patient: they are no part of what the hospital gives back';
  const head = `${setl_id} · ${stateOf(state)} · 医疗费总额 total ${medfee_sumamt}`;
  return [head, table.toString(), ...(payouts.length === 0 ? [] : [who])].join('\n');
}

function payerName(field: string): string {
  const words = payerFields[field as keyof typeof payerFields] as { zh: string; en: string } | undefined;
  return words === undefined ? field : `${words.zh} ${words.en}`;
}

/** Columns of what is said of a payer: the amounts beside it keep the table within a terminal. */
const payerColumns = 56;

export function showStatement({ medfee_sumamt, provider, lines, payouts, psn_cash_pay, reversed }: Statement): string {
  const table = tableOf(['付款方 payer', '基数 base', '支付 pays', '余额 left'], 1, { ruled: true });
  for (const line of [...lines, ...payouts]) {
    const { payer, policy, rule, explanation = [], state } = line;
    const said = [
      policy === undefined
        ? `${payer.zh} ${payer.en}`
        : `商保 insurer ${policy.product_code} · 保单 policy ${policy.policy_no}`,
      `${rule.zh} ${rule.en}`,
      ...(state === 'posted' ? [] : [`${statementStates[state].zh} ${statementStates[state].en}`]),
      ...explanation.map(({ zh, en, base, result }) => `· ${zh} ${en}: ${base} → ${result}`),
    ];
    const cell = said.map((text) => wrapped(text, payerColumns)).join('\n');
    table.push([cell, line.base, line.amount, line.left]);
  }
  return [
    `医疗机构 provider ${provider} · 医疗费总额 total ${medfee_sumamt}`,
    table.toString(),
    `个人现金 cash ${psn_cash_pay}`,
    ...(reversed === undefined ? [] : showReversed(reversed)),
  ].join('\n');
}

/** What everybody gets back in the end: what an insurer had paid the patient directly counts against it. */
function showReversed({ at, entries }: NonNullable<Statement['reversed']>): string[] {
  const table = tableOf(['退还 given back to', '金额 amount'], 1);
  for (const { payer, amount } of entries) table.push([`${payer.zh} ${payer.en}`, amount]);
  return [`已退费 reversed ${wallTime(at)}`, table.toString()];
}

export async function settleByHand(setlId: string, options: ClientOptions & { reason: string }): Promise<void> {
  const path = `/settlements/${encodeURIComponent(setlId)}/settle-by-hand`;
  const view = await hubOf(options).post<SettlementView>(path, { reason: options.reason });
  show(options, view, () => `${view.setl_id} · ${stateOf(view.state)}`);
}

/** Recomputes everything from the commands. Exit code 1 when something does not balance. */
export async function verifyLedger(options: ClientOptions): Promise<void> {
  const hub = hubOf(options);
  const faults: LedgerFault[] = [];
  const sums = new Map<string, Counted>();
  let [settlements, entries] = [0, 0];
  // Before and after: the hub may settle meanwhile, and what moves is not compared.
  const before = await accumulators(hub);
  for (let after = ''; ; ) {
    const page = await hub.get<LedgerPage>(`/ledger/settlements${after}`);
    settlements += page.settlements;
    entries += page.entries;
    faults.push(...page.faults);
    for (const one of page.counted) addCounted(sums, one);
    if (process.stderr.isTTY) process.stderr.write(`\r${number(settlements)} …`);
    if (page.next === undefined) break;
    after = `?after=${page.next}`;
  }
  const kept = await accumulators(hub);
  faults.push(...verifyAccumulators(sums, before, kept));
  if (faults.length > 0) process.exitCode = 1;
  if (process.stderr.isTTY) process.stderr.write('\r');
  show(options, { settlements, entries, accumulators: kept.length, faults }, () => {
    const found = faults.map(
      ({ setl_id, code, detail }) =>
        `${setl_id} ${ledgerFaultCodes[code].zh} ${ledgerFaultCodes[code].en} (${code}: ${detail})`,
    );
    const verdict = faults.length === 0 ? '账实相符 everything balances' : '账实不符 it does not balance';
    const counts = `${number(settlements)} 笔结算 settlements, ${number(entries)} 条分录 entries, ${number(kept.length)} 个年度累计 accumulators`;
    return [...found, `${verdict}: ${counts}`].join('\n');
  });
}

async function accumulators(hub: HubClient): Promise<KeptCount[]> {
  const kept: KeptCount[] = [];
  for (let after = ''; ; ) {
    const page = await hub.get<AccumulatorPage>(`/ledger/accumulators${after}`);
    kept.push(...page.kept);
    if (page.next === undefined) return kept;
    after = `?after=${page.next}`;
  }
}
