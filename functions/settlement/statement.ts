import { type PayerField, payerFields } from '../../schemas/bill.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import type { LedgerEntry } from '../../schemas/settlement.ts';
import type { Statement, StatementLine } from '../../schemas/statement.ts';
import { accounts } from './postings.ts';

/** The statement of a settlement, from its ledger entries and nothing else; undefined when nothing was posted. */
export function statementOf(entries: readonly LedgerEntry[]): Statement | undefined {
  const bill = entries.filter(({ kind, policy }) => kind === 'post' && policy === undefined);
  const [first] = bill;
  if (first === undefined) return undefined;
  const total = sum(bill);
  const own = (field: PayerField) => sum(bill.filter(({ share }) => share === field));
  const insured = insuredLines(entries, own('psn_cash_pay') + own('acct_pay') + own('acct_mulaid_pay'));
  const relieved = (credit: string) =>
    sum(entries.filter((entry) => entry.kind === 'post' && entry.credit === credit && isAtCounter(entry)));
  const cash = own('psn_cash_pay') - relieved(accounts.patient);
  const acct = own('acct_pay') - relieved(accounts.payer('acct_pay'));
  const last = { acct_pay: acct, acct_mulaid_pay: own('acct_mulaid_pay'), psn_cash_pay: cash };
  const reverses = entries.filter(({ kind }) => kind === 'reverse');
  return {
    setl_id: first.setl_id,
    provider: first.credit.slice('provider:'.length),
    at: first.at,
    medfee_sumamt: yuanOfFen(total),
    lines: [...publicLines(bill, total), ...insured.filter(({ state }) => state !== 'payout'), ...patientLines(last)],
    payouts: insured.filter(({ state }) => state === 'payout'),
    acct_pay: yuanOfFen(last.acct_pay),
    acct_mulaid_pay: yuanOfFen(last.acct_mulaid_pay),
    psn_cash_pay: yuanOfFen(last.psn_cash_pay),
    ...(reverses[0] === undefined ? {} : { reversed: { at: reverses[0].at, entries: givenBack(reverses) } }),
  };
}

const patientFields: readonly string[] = ['acct_pay', 'acct_mulaid_pay', 'psn_cash_pay'];
const sum = (entries: readonly LedgerEntry[]): number => entries.reduce((total, entry) => total + entry.amount_fen, 0);
const isAtCounter = ({ policy, basis }: LedgerEntry): boolean => policy !== undefined && basis?.rule !== 'payout';

/** What everybody gets back, the last payer first: entries of one account taken together, the provider's left out. */
function givenBack(reverses: readonly LedgerEntry[]): NonNullable<Statement['reversed']>['entries'] {
  const back = new Map<string, number>();
  const add = (account: string, fen: number) => back.set(account, (back.get(account) ?? 0) + fen);
  for (const { credit, debit, amount_fen } of reverses) {
    add(credit, amount_fen);
    add(debit, -amount_fen);
  }
  const paid = [...back].filter(([account, fen]) => fen !== 0 && !account.startsWith('provider:'));
  return paid.map(([account, fen]) => ({ payer: accountWords(account), account, amount: yuanOfFen(-fen) }));
}

function accountWords(account: string): { zh: string; en: string } {
  const [kind, name = '', product_code = ''] = account.split(':');
  if (kind === 'insurer') return insurerWords({ product_code });
  return kind === 'patient' ? payerFields.psn_cash_pay : payerWords(name);
}

const payerWords = (field: string) => payerFields[field as PayerField];
const insurerWords = ({ product_code }: { product_code: string }) => ({
  zh: `商保 ${product_code}`,
  en: `Insurer, ${product_code}`,
});

/** Public funds and the hospital, as the core system has computed them. */
function publicLines(bill: readonly LedgerEntry[], total: number): StatementLine[] {
  let left = total;
  return bill
    .filter(({ share }) => !patientFields.includes(share))
    .map(({ share, debit, amount_fen, basis }) => {
      const base = left;
      left -= amount_fen;
      const rule = basis === undefined ? stated : computed;
      return {
        ...line(payerWords(share), debit, base, rule, amount_fen, left, 'posted'),
        ...explained(basis),
      };
    });
}

const stated = { zh: '按医保结算', en: 'As settled by the core system' };
const computed = { zh: '按待遇政策计算', en: 'Computed by the benefit table' };

function explained(basis: LedgerEntry['basis']): Pick<StatementLine, 'explanation'> {
  if (basis?.explanation === undefined) return {};
  const explanation = basis.explanation.map(({ zh, en, baseFen, resultFen }) => ({
    zh,
    en,
    base: yuanOfFen(baseFen),
    result: yuanOfFen(resultFen),
  }));
  return { explanation };
}

/** Insurers in the order in which they were asked; amounts of a share with two entries added up. */
function insuredLines(entries: readonly LedgerEntry[], patientFen: number): StatementLine[] {
  let left = patientFen;
  const shares = new Map<string, LedgerEntry[]>();
  for (const entry of entries)
    if (entry.policy !== undefined) shares.set(entry.share, [...(shares.get(entry.share) ?? []), entry]);
  return [...shares.values()].map((own) => {
    const posts = own.filter(({ kind }) => kind === 'post');
    const [decisive = own[0] as LedgerEntry] = [
      ...posts,
      ...own.filter(({ kind }) => kind === 'void' || kind === 'expire'),
    ];
    const state = stateOf(own, posts);
    const amount = sum(posts);
    const base = left;
    if (state !== 'payout') left -= amount;
    const { insurer = '', product_code = '', policy_no = '', policy_sub_no = '' } = decisive.policy ?? {};
    return {
      ...line(
        insurerWords({ product_code }),
        accounts.insurer({ insurer, product_code }),
        decisive.basis?.baseFen ?? base,
        ruleOf(decisive),
        amount,
        left,
        state,
      ),
      policy: { insurer, product_code, policy_no, policy_sub_no },
      ...explained(decisive.basis),
    };
  });
}

function stateOf(own: readonly LedgerEntry[], posts: readonly LedgerEntry[]): StatementLine['state'] {
  const [post] = posts;
  if (post?.basis?.rule === 'payout') return 'payout';
  if (post !== undefined) return sum(posts) > 0 || post.basis?.explanation !== undefined ? 'posted' : 'declined';
  if (own.some(({ kind }) => kind === 'void')) return 'voided';
  return own.some(({ kind }) => kind === 'expire') ? 'expired' : 'pending';
}

function ruleOf({ basis }: LedgerEntry): { zh: string; en: string } {
  if (basis === undefined) return { zh: '由保险公司核定', en: 'Decided by the insurer' };
  if (basis.rule === 'payout') return { zh: '结算后由保险公司赔付本人', en: 'Paid to the patient after settlement' };
  const [mode, version = ''] = basis.rule.split('/');
  return mode === 'hub'
    ? { zh: `按产品条款 ${version} 计算`, en: `Computed by the product's rules, ${version}` }
    : { zh: '由保险公司核定', en: 'Decided by the insurer' };
}

function patientLines(left: Record<'acct_pay' | 'acct_mulaid_pay' | 'psn_cash_pay', number>): StatementLine[] {
  let base = left.acct_pay + left.acct_mulaid_pay + left.psn_cash_pay;
  return (['acct_pay', 'acct_mulaid_pay', 'psn_cash_pay'] as const).flatMap((field) => {
    const before = base;
    base -= left[field];
    if (left[field] === 0 && field !== 'psn_cash_pay') return [];
    const rule = { zh: '个人负担', en: 'Borne by the patient' };
    return [line(payerFields[field], accounts.payer(field), before, rule, left[field], base, 'posted')];
  });
}

function line(
  { zh, en }: { readonly zh: string; readonly en: string },
  account: string,
  baseFen: number,
  rule: { zh: string; en: string },
  amountFen: number,
  leftFen: number,
  state: StatementLine['state'],
): StatementLine {
  return {
    payer: { zh, en },
    account,
    base: yuanOfFen(baseFen),
    rule,
    amount: yuanOfFen(amountFen),
    left: yuanOfFen(leftFen),
    state,
  };
}
