import {
  addCounted,
  type Counted,
  type KeptCount,
  type LedgerFault,
  ledgerFaultCodes,
  verifyAccumulators,
} from '../../../functions/settlement/ledger.ts';
import type { Statement } from '../../../functions/settlement/statement.ts';
import type { LedgerPage } from '../../../functions/settlement/verify-ledger.ts';
import { payerFields } from '../../../schemas/bill.ts';
import type { SettlementAnswer } from '../../../schemas/settlement.ts';
import { addressOf, type HubClient, HubRefusal, hubClient } from '../client.ts';
import { readJsonFile } from '../read-json-file.ts';
import { number, tableOf } from '../show-outcome.ts';

type Options = { endpoint?: string; data: string; json?: boolean };
type View = Partial<SettlementAnswer> & {
  setl_id: string;
  state?: string;
  received_at: string;
  reversed_by?: string;
  orig_setl_id?: string;
  refused?: string;
  reason?: { zh: string; en: string };
};

export async function showSettlement(setlId: string, options: Options): Promise<void> {
  const hub = hubClient(addressOf(options));
  const path = `/settlements/${encodeURIComponent(setlId)}`;
  const view = await hub.get<View>(path);
  const statement = await hub.get<Statement>(`${path}/statement`).catch((error: unknown) => {
    // Nothing is posted of a bill whose sums differ, or of a reversal that waits for its settlement.
    if (error instanceof HubRefusal) return undefined;
    throw error;
  });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ settlement: view, statement })}\n`);
    return;
  }
  const reversed = view.reversed_by === undefined ? '' : ` · 退费 reversed by ${view.reversed_by}`;
  const what = view.orig_setl_id === undefined ? view.state : `退费结算，原结算 reversal of ${view.orig_setl_id}`;
  process.stdout.write(
    `${view.setl_id} · ${what ?? ''}${reversed}${view.refused === undefined ? '' : ` · ${view.refused}`}\n`,
  );
  if (view.reason !== undefined) process.stdout.write(`${view.reason.zh}\n${view.reason.en}\n`);
  if (statement !== undefined) process.stdout.write(`${showStatement(statement)}\n`);
  for (const { insurer, product_code, policy_no, reason } of view.not_asked ?? [])
    process.stdout.write(`未询问 not asked: ${insurer} ${product_code} ${policy_no} · ${reason}\n`);
}

/** Posts a bill as the core system would; `preview` only asks what it would come to. */
export async function postBill(file: string, options: Options & { preview?: boolean }): Promise<void> {
  const path = options.preview === true ? '/settlements/preview' : '/settlements';
  const answer = await hubClient(addressOf(options)).post<SettlementAnswer>(path, await readJsonFile(file));
  process.stdout.write(options.json === true ? `${JSON.stringify(answer)}\n` : `${showAnswer(answer)}\n`);
}

function showAnswer({
  setl_id,
  state,
  medfee_sumamt,
  payers,
  shares,
  psn_cash_pay,
  acct_pay,
}: SettlementAnswer): string {
  const table = tableOf(['付款方 payer', '状态 state', '支付 pays'], 2);
  for (const [field, amount] of Object.entries(payers)) table.push([payerName(field), '', amount]);
  for (const share of shares) table.push([`${share.insurer} ${share.product_code}`, share.state, share.paid_amt]);
  table.push(['个人账户 Personal account', '', acct_pay], ['个人现金 Cash', '', psn_cash_pay]);
  return `${setl_id} · ${state} · 医疗费总额 total ${medfee_sumamt}\n${table.toString()}`;
}

function payerName(field: string): string {
  const words = payerFields[field as keyof typeof payerFields] as { zh: string; en: string } | undefined;
  return words === undefined ? field : `${words.zh} ${words.en}`;
}

export function showStatement({ medfee_sumamt, lines, payouts, psn_cash_pay }: Statement): string {
  const table = tableOf(['付款方 payer', '规则 rule', '基数 base', '支付 pays', '余额 left', '状态 state'], 2);
  for (const line of [...lines, ...payouts])
    table.push([`${line.payer.zh} ${line.payer.en}`, line.rule.zh, line.base, line.amount, line.left, line.state]);
  return `医疗费总额 total ${medfee_sumamt}\n${table.toString()}\n个人现金 cash ${psn_cash_pay}`;
}

export async function settleByHand(setlId: string, options: Options & { reason: string }): Promise<void> {
  const path = `/settlements/${encodeURIComponent(setlId)}/settle-by-hand`;
  const view = await hubClient(addressOf(options)).post<View>(path, { reason: options.reason });
  process.stdout.write(options.json === true ? `${JSON.stringify(view)}\n` : `${view.setl_id} · ${view.state}\n`);
}

/** Recomputes everything from the commands. Exit code 1 when something does not balance. */
export async function verifyLedger(options: Options): Promise<void> {
  const hub = hubClient(addressOf(options));
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
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ settlements, entries, accumulators: kept.length, faults })}\n`);
    return;
  }
  if (process.stderr.isTTY) process.stderr.write('\r');
  for (const { setl_id, code, detail } of faults)
    process.stdout.write(`${setl_id} ${ledgerFaultCodes[code].zh} ${ledgerFaultCodes[code].en} (${code}: ${detail})\n`);
  const [zh, en] = faults.length === 0 ? ['账实相符', 'everything balances'] : ['账实不符', 'it does not balance'];
  process.stdout.write(
    `${zh} ${en}: ${number(settlements)} 笔结算 settlements, ${number(entries)} 条分录 entries, ${number(kept.length)} 个年度累计 accumulators\n`,
  );
}

async function accumulators(hub: HubClient): Promise<KeptCount[]> {
  const kept: KeptCount[] = [];
  for (let after = ''; ; ) {
    const page = await hub.get<{ kept: KeptCount[]; next?: string }>(`/ledger/accumulators${after}`);
    kept.push(...page.kept);
    if (page.next === undefined) return kept;
    after = `?after=${page.next}`;
  }
}
