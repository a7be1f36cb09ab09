import { isDeepStrictEqual } from 'node:util';
import type { Item, Key } from '../../functions/runtime/items.ts';
import { type Bill, payerFields } from '../../schemas/bill.ts';
import { fenOfYuan } from '../../schemas/money.ts';
import type { PolicyKey } from '../../schemas/policy.ts';
import type { Settlement, Share } from '../../schemas/settlement.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { type Fees, type FundTerms, type FundYear, tiersOf } from './fees-bills.ts';
import { insurersTable, tables } from './hub.ts';
import type { MemoryItems } from './memory-items.ts';
import { type Claim, claimKey } from './model-insurer.ts';
import { shareFaults } from './share-rules.ts';
import type { Line } from './statements.ts';

/** What no insurer may ever read: numbers, names, the hub's own references, and those of other insurers. */
export type Secrets = {
  /** In no message at all. */
  readonly never: readonly string[];
  /** Insurer → what only it may read. */
  readonly ofInsurer: ReadonlyMap<string, readonly string[]>;
};

type Violate = (what: string) => void;

/** What an insurer has said of a policy of its own. */
export type Said = {
  readonly insurer: string;
  readonly policy_no: string;
  readonly type: 'policy.upserted' | 'policy.terminated' | 'consent.revoked';
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
};

/**
 * Looks at every write as it is made, with an understanding of its own of what settlement.md promises: nothing of the
 * code under test is asked.
 */
export class Watch {
  /** Bills by settlement as last seen. */
  private readonly settlements = new Map<string, Settlement>();
  private readonly causes = new Set<string>();
  private readonly handled = new Map<string, number>();
  /** Messages about policies, by id. */
  readonly said = new Map<string, Said>();
  /** A table that loses what it says it has may also lose a revocation. */
  trustsStore = true;
  /** The hub's clock was never set. */
  trustsClock = true;
  /** Policies as persons have them, by `<insurer>/<policy_no>/<policy_sub_no>`, and whose they have been, the first first. */
  readonly policies = new Map<string, Item>();
  readonly holders = new Map<string, Set<string>>();
  /** Bills that bring their fees only, what the funds have paid for each person and year, and by which terms they pay. */
  readonly fees = new Map<string, Fees>();
  fundTerms: FundTerms = { capFen: 0, deductibleFen: 0 };
  private readonly fundYears = new Map<string, FundYear>();
  /** Consents whose revocation was handled, and when: what was written under one before then goes out no more. */
  private readonly revoked = new Map<string, { readonly at: string; readonly order: number }>();
  /** Notices, and the consents that they were written under. */
  private readonly written = new Map<string, { readonly consent: string; readonly order: number }>();
  private order = 0;
  private touched = new Set<string>();
  private readonly replays = new Set<string>();
  /** Messages that became due earlier than before. */
  private hurried: { readonly pk: string; readonly attempts: number }[] = [];
  private accumulatorsTouched = false;
  private readonly items: MemoryItems;
  private readonly secrets: Secrets;
  private readonly violate: Violate;

  private readonly now: () => Date;

  constructor(items: MemoryItems, secrets: Secrets, now: () => Date, violate: Violate) {
    this.items = items;
    this.now = now;
    this.secrets = secrets;
    this.violate = violate;
    items.onChange((table, item, key, before) => {
      if (table === tables.settlements) this.settlementItem(item, key, before);
      if (table === tables.messages) this.messageItem(item, key, before);
      if (table === insurersTable || table === tables.policies) this.counts(item, key, before);
      if (table === insurersTable && key.sk === 'lane' && item !== undefined) this.lane(item, before);
      if (table !== tables.policies) return;
      if (/^(accumulator|benefits)#/.test(key.sk)) this.accumulatorsTouched = true;
      if (key.sk.startsWith('benefits#')) this.fundYears.set(`${key.pk} ${key.sk}`, item as unknown as FundYear);
      if (item !== undefined && key.sk.startsWith('policy#') && key.pk.startsWith('person#')) this.policy(item);
    });
  }

  /** After every step: what holds between items that are written together. */
  look(): void {
    for (const { pk, attempts } of this.hurried) {
      const sk = `attempt#${String(attempts).padStart(4, '0')}`;
      if (!this.items.all(tables.messages, pk).some((one) => one.sk === sk))
        this.violate(`${pk}: its attempt is under way, and it is due already`);
    }
    if (this.hurried.length > 0) this.hurried = [];
    for (const setlId of this.touched) this.ledgerOf(setlId);
    if (this.touched.size > 0 || this.accumulatorsTouched) this.accumulators();
    if (this.touched.size > 0) this.touched = new Set();
    this.accumulatorsTouched = false;
  }

  private policy(item: Item): void {
    const name = policyName(item as Item & PolicyKey);
    this.policies.set(name, item);
    this.holders.set(name, (this.holders.get(name) ?? new Set()).add(String(item.person_ref)));
  }

  /** What several may change at once is changed from one version to the next. */
  private counts(item: Item | undefined, { pk, sk }: Key, before: Item | undefined): void {
    if (item?.version === undefined || /^(policy|v)#/.test(sk) || pk === 'corrected') return;
    if (item.version !== Number(before?.version ?? 0) + 1)
      this.violate(`${pk} ${sk} went from ${before?.version} to ${item.version}`);
  }

  /** One worker at a time sends to an insurer, as long as its lease is good. */
  private lane({ pk, owner, leaseUntil }: Item, before: Item | undefined): void {
    if (before === undefined || before.owner === '-' || owner === '-' || owner === before.owner) return;
    const now = this.now().getTime();
    // Taken when it was free, and the clock was set back before that was written.
    if (Date.parse(String(leaseUntil)) - leaseMs > now) return;
    const until = Date.parse(String(before.leaseUntil));
    if (until > now && until <= now + leaseMs) this.violate(`${pk}: the lane was taken from its owner`);
  }

  private settlementItem(item: Item | undefined, { pk, sk }: Key, before: Item | undefined): void {
    if (item === undefined) {
      this.violate(`${pk} ${sk} was deleted`);
      return;
    }
    if (pk.startsWith('difference#')) this.difference(pk, sk, item, before);
    if (sk.startsWith('entry#') || sk.startsWith('command#')) {
      if (before !== undefined) this.violate(`${pk} ${sk} was changed`);
      if (sk.startsWith('command#')) this.command(pk, item);
      this.touched.add(pk);
    }
    if (sk === 'settlement' && item.kind === 'reversal' && before !== undefined)
      this.violate(`${pk} was written twice`);
    if (sk === 'settlement' && before !== undefined && before.kind !== item.kind)
      this.violate(`${pk}: an id was given away twice`);
    if (sk === 'settlement' && item.kind === 'bill')
      this.settlement(item as unknown as Settlement, before as unknown as Settlement | undefined);
  }

  /** What was found stays; its state changes by an event, and somebody has it. */
  private difference(pk: string, sk: string, item: Item, before: Item | undefined): void {
    if (sk.startsWith('event#') && before !== undefined) this.violate(`${pk} ${sk} was changed`);
    if (sk !== 'difference') return;
    if (typeof item.owner !== 'string' || item.owner === '' || !differenceStates.includes(String(item.state)))
      this.violate(`${pk} has no owner or no state`);
    const found = ({ state, difference, owner, version, ...rest }: Item) => rest;
    if (before !== undefined && !isDeepStrictEqual(found(before), found(item))) this.violate(`${pk} was changed`);
    if (before !== undefined && item.version !== Number(before.version) + 1) this.violate(`${pk} skipped a version`);
  }

  private command(pk: string, command: Item): void {
    if (command.kind !== 'answer' && command.kind !== 'paid' && command.kind !== 'reverse') return;
    const cause = `${pk} ${String(command.id)}`;
    // What the body of an answer to a notice says may be noted once as well.
    if (this.causes.has(cause)) this.violate(`${cause} had two effects`);
    this.causes.add(cause);
  }

  private settlement(now: Settlement, before: Settlement | undefined): void {
    const { setl_id } = now;
    const isLook = before !== undefined && now.version === before.version;
    if (isLook && !isDeepStrictEqual({ ...now, dueAt: '' }, { ...before, dueAt: '' }))
      this.violate(`${setl_id} changed without a command`);
    if (!isLook && now.version !== (before?.version ?? 0) + 1) this.violate(`${setl_id} skipped a version`);
    if (before?.answer !== undefined && !isDeepStrictEqual(now.answer, before.answer))
      this.violate(`${setl_id}: the answer changed`);
    for (const share of before?.shares ?? [])
      this.share(
        setl_id,
        share,
        now.shares.find(({ id }) => id === share.id),
      );
    if (now.bill !== undefined && now.sums === undefined) this.amounts(now, now.bill);
    if (now.bill !== undefined && before?.bill === undefined) this.tiers(setl_id, now.bill);
    if (now.state === 'reversed' && before?.state !== 'reversed') this.reversal(now);
    for (const fault of shareFaults(now, this.trustsClock)) this.violate(`${setl_id}: ${fault}`);
    this.settlements.set(setl_id, now);
    this.touched.add(setl_id);
  }

  /** A bill is reversed by its opposite, or not at all. */
  private reversal({ setl_id, bill, reversal }: Settlement): void {
    const back = reversal?.bill;
    const fields = [...(Object.keys(payerFields) as (keyof typeof payerFields)[]), 'medfee_sumamt'] as const;
    const fits =
      back?.person_ref === bill?.person_ref &&
      back?.fixmedins_code === bill?.fixmedins_code &&
      fields.every((field) => (back?.[field] ?? 0) + (bill?.[field] ?? 0) === 0);
    if (!fits) this.violate(`${setl_id} was reversed by ${reversal?.setl_id}, which is not its opposite`);
  }

  private share(setlId: string, before: Share, now: Share | undefined): void {
    if (now === undefined) {
      this.violate(`${setlId}: a share is gone`);
      return;
    }
    if (before.state !== now.state && !legal[before.state]?.includes(now.state))
      this.violate(`${setlId}: a share went from ${before.state} to ${now.state}`);
    if (before.state === 'pending' && (now.state === 'posted' || now.state === 'declined')) this.answered(setlId, now);
    const done = before.state !== 'waiting' && before.state !== 'pending';
    if (done && (before.paidFen !== now.paidFen || before.resolvedAt !== now.resolvedAt))
      this.violate(`${setlId}: a resolved share changed`);
  }

  /** What an insurer pays is what it has said of this very claim. */
  private answered(setlId: string, { insurer, noticeId, answeredBy, state, paidFen, ...policy }: Share): void {
    const inReply = answeredBy === noticeId;
    const kept = this.items.all(tables.messages, `${inReply ? 'out' : 'in'}#${insurer}#${answeredBy}`);
    const sealed = Buffer.from((kept.find(({ sk }) => sk === 'body')?.sealed ?? []) as Uint8Array);
    const reply = kept.find(({ sk }) => sk === 'message')?.answer;
    const text = inReply ? String(reply) : sealed.subarray(sealed.indexOf(10) + 1).toString('utf8');
    const { data } = JSON.parse(text) as { data: Record<string, string> };
    const said = [
      data.setl_id,
      data.policy_no,
      data.policy_sub_no ?? '',
      data.decision,
      fenOfYuan(data.paid_amt ?? ''),
    ];
    const decision = state === 'posted' ? 'approved' : 'declined';
    if (!isDeepStrictEqual(said, [setlId, policy.policy_no, policy.policy_sub_no, decision, paidFen]))
      this.violate(`${setlId}: ${answeredBy} said ${said}, and a share is ${state} with ${paidFen}`);
  }

  private amounts({ setl_id, shares, answer, state }: Settlement, bill: Bill): void {
    let left = bill.psn_cash_pay + bill.acct_pay;
    for (const { paidFen = 0, cashFen = 0, acctFen = 0, baseFen, payout } of shares) {
      if (paidFen < 0 || paidFen !== cashFen + acctFen) this.violate(`${setl_id}: a share of ${paidFen}`);
      if (paidFen > left || paidFen > (baseFen ?? 0)) this.violate(`${setl_id}: a share above what was left`);
      left -= paidFen;
      if (payout === true && state === 'awaiting-insurers') this.violate(`${setl_id}: paid out before it was settled`);
    }
    if (answer === undefined) return;
    const paid = [
      ...Object.values(answer.payers),
      ...answer.shares.filter((_, at) => shares[at]?.payout !== true).map(({ paid_amt }) => paid_amt),
    ];
    const patient = [answer.acct_pay, answer.acct_mulaid_pay, answer.psn_cash_pay];
    const amounts = [...paid, ...patient].map((amount) => fenOfYuan(amount) ?? Number.NaN);
    if (amounts.some((fen) => !(fen >= 0))) this.violate(`${setl_id}: an amount below 0 in the answer`);
    const sum = amounts.reduce((total, fen) => total + fen, 0);
    if (sum !== bill.medfee_sumamt) this.violate(`${setl_id}: the answer comes to ${sum} of ${bill.medfee_sumamt}`);
  }

  /** Of a bill that brought its fees: worked out from the year as it was, for the year is told of after the bill. */
  private tiers(setlId: string, { person_ref, enddate, ...bill }: Bill): void {
    const fees = this.fees.get(setlId);
    if (fees === undefined) return;
    const year = this.fundYears.get(`person#${person_ref} benefits#resident#${enddate.slice(0, 4)}`);
    const tiers = tiersOf(fees, year ?? { paidFen: 0, leftFen: 0 }, this.fundTerms);
    const { hifp_pay, hifmi_pay, fund_pay_sumamt, acct_pay, psn_cash_pay, medfee_sumamt } = bill;
    const funds = tiers.hifp_pay + tiers.hifmi_pay;
    const wanted = [tiers.hifp_pay, tiers.hifmi_pay, funds, fees.acctFen, fees.medfeeFen - funds - fees.acctFen];
    if (medfee_sumamt !== fees.medfeeFen)
      this.violate(`${setlId} is of ${medfee_sumamt}, its fees of ${fees.medfeeFen}`);
    if (!isDeepStrictEqual([hifp_pay, hifmi_pay, fund_pay_sumamt, acct_pay, psn_cash_pay], wanted))
      this.violate(`${setlId}: the funds pay ${hifp_pay} and ${hifmi_pay}, by the table ${wanted}`);
  }

  /** From the entries alone. */
  private ledgerOf(setlId: string): void {
    const settlement = this.settlements.get(setlId);
    if (settlement === undefined) {
      this.violate(`${setlId}: entries or commands without a settlement`);
      return;
    }
    const { bill, sums, state, shares } = settlement;
    const entries = this.items.all(tables.settlements, setlId).filter(({ sk }) => sk.startsWith('entry#'));
    if (entries.length !== settlement.entries)
      this.violate(`${setlId}: ${entries.length} entries of ${settlement.entries}`);
    const accounts = new Map<string, number>();
    const resolved = new Map<string, Set<string>>();
    const posted = new Map<string, number>();
    for (const { kind, debit, credit, amount_fen, share, caused_by } of entries as unknown as Entry[]) {
      if (!(amount_fen >= 0)) this.violate(`${setlId}: an entry of ${amount_fen}`);
      if (kind === 'post' || kind === 'void' || kind === 'expire')
        resolved.set(share, (resolved.get(share) ?? new Set()).add(caused_by.replace(/\/acct_pay$/, '')));
      if (kind !== 'post' && kind !== 'reverse') continue;
      accounts.set(debit, (accounts.get(debit) ?? 0) - amount_fen);
      accounts.set(credit, (accounts.get(credit) ?? 0) + amount_fen);
      posted.set(share, (posted.get(share) ?? 0) + (kind === 'post' ? amount_fen : 0));
    }
    for (const [share, causes] of resolved) if (causes.size > 1) this.violate(`${setlId}: ${share} was resolved twice`);
    for (const { id, paidFen = 0 } of shares)
      if (paidFen !== (posted.get(id) ?? 0))
        this.violate(`${setlId}: ${id} says ${paidFen}, its entries ${posted.get(id)}`);
    if (bill === undefined) return;
    const owed = state === 'reversed' || sums !== undefined ? 0 : bill.medfee_sumamt;
    const provider = accounts.get(`provider:${bill.fixmedins_code}`) ?? 0;
    if (provider !== owed) this.violate(`${setlId}: the provider has ${provider} of ${owed}`);
    if (state === 'reversed' && [...accounts.values()].some((fen) => fen !== 0))
      this.violate(`${setlId}: something is left after its reversal`);
    if (state === 'reversed') this.takenBack(setlId, entries as unknown as Entry[]);
    if (state === 'reversed' || sums !== undefined) return;
    for (const field of publicPayers)
      if ((accounts.get(`payer:${field}`) ?? 0) !== -bill[field])
        this.violate(`${setlId}: ${field} does not pay its part`);
  }

  /** Each posting the other way round, the last one first. */
  private takenBack(setlId: string, entries: readonly Entry[]): void {
    const moved = [...entries].filter(({ amount_fen }) => amount_fen > 0).sort((one, other) => one.n - other.n);
    const of = (kind: string) => moved.filter((entry) => entry.kind === kind);
    const back = of('reverse').map(({ debit, credit, amount_fen }) => [credit, debit, amount_fen]);
    const posted = of('post').map(({ debit, credit, amount_fen }) => [debit, credit, amount_fen]);
    if (!isDeepStrictEqual(back, posted.reverse())) this.violate(`${setlId} was not reversed in the reverse order`);
  }

  /**
   * What funds and policies have paid in a year: the sum over bills that stand and were not reversed. A policy that is
   * another person's now counts where it counted first.
   */
  private accumulators(): void {
    const sums = new Map<string, number[]>();
    for (const { bill, sums: sumsDiffer, shares, state } of this.settlements.values()) {
      if (bill === undefined || sumsDiffer !== undefined || state === 'reversed') continue;
      const ofFunds = `${bill.person_ref} benefits#resident#${bill.enddate.slice(0, 4)}`;
      const before = sums.get(ofFunds) ?? [0, 0];
      const paidFen = bill.hifp_pay + bill.hifmi_pay + bill.hifob_pay;
      const leftFen = Math.max(0, (bill.inscp_scp_amt ?? 0) - bill.hifp_pay);
      sums.set(ofFunds, [before[0]! + paidFen, before[1]! + leftFen]);
      for (const { counted, ...policy } of shares) {
        if (counted === undefined) continue;
        const { insurer, policy_no, policy_sub_no } = policy;
        const [first] = this.holders.get(policyName(policy)) ?? [];
        const name = `${first} ${insurer} ${policy_no} ${policy_sub_no} ${counted.year}`;
        const sum = sums.get(name) ?? [0, 0, 0];
        sums.set(name, [sum[0]! + counted.deductibleFen, sum[1]! + counted.countedFen, sum[2]! + counted.paidFen]);
      }
    }
    for (const item of this.items.each(tables.policies)) {
      const ofFunds = item.sk.startsWith('benefits#');
      if (!ofFunds && !item.sk.startsWith('accumulator#')) continue;
      const { insurer, policy_no, policy_sub_no, year, deductibleFen, countedFen, paidFen, leftFen } = item;
      const person = item.pk.slice('person#'.length);
      const name = `${person} ${ofFunds ? item.sk : `${insurer} ${policy_no} ${policy_sub_no} ${year}`}`;
      const kept = ofFunds ? [paidFen, leftFen] : [deductibleFen, countedFen, paidFen];
      const sum = sums.get(name) ?? kept.map(() => 0);
      sums.delete(name);
      if (!isDeepStrictEqual(sum, kept))
        this.violate(`accumulator ${name} has ${kept}, its settlements come to ${sum}`);
    }
    for (const [name, sum] of sums) if (sum.some((fen) => fen !== 0)) this.violate(`accumulator ${name} is missing`);
  }

  private messageItem(item: Item | undefined, { pk, sk }: Key, before: Item | undefined): void {
    if (this.trustsStore && sk.startsWith('attempt#') && before !== undefined && !isDeepStrictEqual(item, before))
      this.violate(`${pk} ${sk} was written over`);
    if (sk !== 'message') return;
    if (item === undefined) {
      this.violate(`${pk} was deleted`);
      return;
    }
    if (pk.startsWith('in#')) this.incoming(pk, item, before);
    else this.outgoing(pk, item, before);
  }

  private incoming(pk: string, item: Item, before: Item | undefined): void {
    if (before !== undefined && before.digest !== item.digest) this.violate(`${pk} has another body`);
    if (before?.state !== undefined && before.state !== 'received' && before.state !== item.state)
      this.violate(`${pk} went from ${before.state} to ${item.state}`);
    if (before?.state === 'handled' && before.outcome !== item.outcome)
      this.violate(`${pk} was ${before.outcome}, now ${item.outcome}`);
    if (item.state === 'handled' && item.dueAt !== undefined) this.violate(`${pk} is handled, and due`);
    if (item.state !== 'handled' || before?.state === 'handled') return;
    const times = (this.handled.get(pk) ?? 0) + 1;
    this.handled.set(pk, times);
    if (times > 1) this.violate(`${pk} was handled twice`);
    const said = this.said.get(String(item.id));
    if (said?.type !== 'consent.revoked' || String(item.outcome).startsWith('refused')) return;
    const policy = `${said.insurer}/${said.policy_no}/`;
    this.revoked.set(consentName(policy, said.data.consent_no), { at: this.now().toISOString(), order: ++this.order });
  }

  private outgoing(pk: string, item: Item, before: Item | undefined): void {
    const insurer = String(item.insurer);
    const body = String(item.body);
    if (before !== undefined && before.body !== body) this.violate(`${pk}: two bodies under one id`);
    if (before !== undefined && Number(item.attempts) < Number(before.attempts)) this.violate(`${pk} was begun anew`);
    if (item.state === 'cancelled' && Number(before?.attempts) > 0) this.violate(`${pk} was tried, and is taken back`);
    this.states(pk, item, before);
    if (before === undefined) this.mayRead(pk, insurer, body);
    if (item.type !== 'settlement.notice') return;
    const { data, timestamp } = JSON.parse(body) as { data: NoticeData; timestamp: string };
    const policy = policyName({ insurer, ...data });
    const holder = this.settlements.get(String(item.setl_id))?.bill?.person_ref;
    if (before === undefined && this.policies.get(policy)?.person_ref !== holder)
      this.violate(`${pk}: a notice under the policy of another person`);
    if (before === undefined) this.newNotice(pk, policy, data.mode, timestamp);
    else if (data.mode === 'insurer') this.attempted(pk, item, before);
  }

  private states(pk: string, { state, due, dueAt, attempts, acceptedAt }: Item, before: Item | undefined): void {
    if ((state === 'lapsed' || state === 'parked') && acceptedAt !== undefined)
      this.violate(`${pk} was accepted, and is given up`);
    if (before?.acceptedAt !== undefined && acceptedAt !== before.acceptedAt)
      this.violate(`${pk} was accepted at ${before.acceptedAt}, now at ${acceptedAt}`);
    if ((before?.state === 'lapsed' || before?.state === 'cancelled') && state !== before.state)
      this.violate(`${pk} is over, and is ${state} again`);
    if ((state === 'due') !== String(due).startsWith('out#') || (due === undefined) !== (dueAt === undefined))
      this.violate(`${pk} is ${state}, and listed under ${due} for ${dueAt}`);
    if (state === 'due' && before !== undefined && before.state !== 'due') this.replayed(pk, String(dueAt));
    // Whoever began an attempt has its time, unless it is known what came of it.
    const isEarlier = before?.state === 'due' && state === 'due' && String(dueAt) < String(before.dueAt);
    const isSoon = Date.parse(String(dueAt)) < this.now().getTime() + attemptMs;
    if (isEarlier && isSoon && Number(attempts) > 0 && attempts === before.attempts)
      this.hurried.push({ pk, attempts: Number(attempts) });
  }

  /** However many are ordered and by whom, each has a place of its own in time. */
  private replayed(pk: string, dueAt: string): void {
    const place = `${pk.split('#')[1]} ${dueAt}`;
    // Where a place was reserved and the table has lost that, the next one has it too: both are sent at once.
    if (this.trustsStore && this.replays.has(place)) this.violate(`${pk} is replayed at the same time as another`);
    this.replays.add(place);
  }

  /** In mode `hub` the moment of acceptance counts; in mode `insurer` the transaction itself is held to the consent. */
  private newNotice(pk: string, policy: string, mode: NoticeData['mode'], timestamp: string): void {
    const { consent, revoked } = (this.policies.get(policy) ?? {}) as {
      consent?: { consent_no: string };
      revoked?: Record<string, string>;
    };
    const name = (consent_no: unknown) => consentName(policy, consent_no);
    this.written.set(pk, { consent: name(consent?.consent_no), order: ++this.order });
    const consented = consent !== undefined;
    const revocations = Object.keys(revoked ?? {}).flatMap((consent_no) => this.revoked.get(name(consent_no)) ?? []);
    const revokedAt = revocations[0]?.at;
    if (consented || !this.trustsStore) return;
    if (mode === 'insurer' || (revokedAt !== undefined && timestamp > revokedAt))
      this.violate(`${pk}: a notice without consent`);
  }

  private attempted(pk: string, item: Item, before: Item): void {
    if (!(Number(item.attempts) > Number(before.attempts)) || before.acceptedAt !== undefined) return;
    if (before.state !== 'due') this.violate(`${pk}: an attempt though it is ${String(before.state)}`);
    const { consent, order } = this.written.get(pk)!;
    const wasRevoked = (this.revoked.get(consent)?.order ?? 0) > order;
    if (this.trustsStore && wasRevoked && !this.hasAnswered(String(item.id), String(item.setl_id)))
      this.violate(`${pk}: an attempt after the consent was revoked`);
    const claimedAt = new Date(Date.parse(String(item.dueAt)) - (item.slot === 0 ? 900_000 : 30_000)).toISOString();
    if (item.sendBefore !== undefined && claimedAt >= String(item.sendBefore))
      this.violate(`${pk}: an attempt after the consent ended`);
  }

  /** Whoever has answered has the notice, though nobody has heard its first 2xx. */
  private hasAnswered(noticeId: string, setlId: string): boolean {
    const share = this.settlements.get(setlId)?.shares.find((one) => one.noticeId === noticeId);
    return share?.answeredBy !== undefined;
  }

  private mayRead(pk: string, insurer: string, body: string): void {
    for (const secret of this.secrets.never) if (body.includes(secret)) this.violate(`${pk} tells who it is`);
    for (const [other, secrets] of this.secrets.ofInsurer)
      if (other !== insurer && secrets.some((secret) => body.includes(secret)))
        this.violate(`${pk} tells ${insurer} what only ${other} may know`);
  }

  /** What insurers pay and take back by the ledger: one line for a share and flag, on its day. */
  bookOf(insurer: string): (Line & { readonly day: string; readonly flag: '0' | '1' })[] {
    const lines = new Map<string, Line & { day: string; flag: '0' | '1' }>();
    for (const item of this.items.all(tables.settlements)) {
      if (!item.sk.startsWith('entry#') || item.policy === undefined) continue;
      const { kind, amount_fen, setl_id, policy, at } = item as unknown as Entry & {
        policy: Claim & { insurer: string };
      };
      if (policy.insurer !== insurer || (kind !== 'post' && kind !== 'reverse') || amount_fen === 0) continue;
      const { policy_no, policy_sub_no } = policy;
      const flag = kind === 'post' ? '0' : '1';
      const key = `${claimKey({ setl_id, policy_no, policy_sub_no })} ${flag}`;
      const fen = (lines.get(key)?.fen ?? 0) + amount_fen;
      lines.set(key, { setl_id, policy_no, policy_sub_no, fen, flag, day: civilDateAt(new Date(at)) });
    }
    return [...lines.values()];
  }

  /** At the end: what every insurer has paid by the ledger, less what it took back. */
  paidByClaim(): Map<string, number> {
    const paid = new Map<string, number>();
    for (const item of this.items.all(tables.settlements)) {
      if (!item.sk.startsWith('entry#') || item.policy === undefined) continue;
      const { kind, amount_fen, setl_id, policy } = item as unknown as Entry & {
        policy: { insurer: string; policy_no: string; policy_sub_no: string };
      };
      const key = `${policy.insurer} ${claimKey({ ...policy, setl_id })}`;
      const sign = kind === 'post' ? 1 : kind === 'reverse' ? -1 : 0;
      paid.set(key, (paid.get(key) ?? 0) + sign * amount_fen);
    }
    return paid;
  }

  get bills(): readonly Settlement[] {
    return [...this.settlements.values()];
  }
}

type Entry = {
  n: number;
  kind: string;
  debit: string;
  credit: string;
  amount_fen: number;
  share: string;
  caused_by: string;
  setl_id: string;
  at: string;
};
type NoticeData = { policy_no: string; policy_sub_no: string; mode: 'hub' | 'insurer' };

const leaseMs = 10_000;
const attemptMs = 15_000;

export const policyName = ({ insurer, policy_no, policy_sub_no }: Readonly<Record<keyof PolicyKey, unknown>>): string =>
  `${insurer}/${policy_no}/${policy_sub_no}`;

const consentName = (policy: string, consent_no: unknown): string => `${policy} ${String(consent_no)}`;

const differenceStates = ['open', 'explained', 'resolved'];

/** Each share is resolved once. */
const legal: Readonly<Record<string, readonly string[]>> = {
  waiting: ['pending', 'posted', 'voided', 'declined', 'expired'],
  pending: ['posted', 'declined', 'voided', 'expired'],
};

const patient: readonly string[] = ['acct_pay', 'acct_mulaid_pay', 'psn_cash_pay'];
const publicPayers = (Object.keys(payerFields) as (keyof typeof payerFields)[]).filter(
  (field) => !patient.includes(field),
);
