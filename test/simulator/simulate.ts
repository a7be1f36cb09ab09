import { isDeepStrictEqual } from 'node:util';
import { rotateKey } from '../../functions/insurers/insurer-keys.ts';
import { addInsurer, switchInsurer } from '../../functions/insurers/set-up-insurer.ts';
import type { Item, Key } from '../../functions/runtime/items.ts';
import type { Transport } from '../../functions/runtime/ports.ts';
import type { SignatureKey } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { verifyHistory } from '../../functions/settlement/ledger.ts';
import { policyWrites } from '../../functions/settlement/policies/policy-store.ts';
import { productStore } from '../../functions/settlement/product-store.ts';
import { readBill } from '../../functions/settlement/read-bill.ts';
import { Dice } from '../../infra/county/dice.ts';
import { isRefusal } from '../../schemas/errors.ts';
import type { PolicyRecord } from '../../schemas/policy.ts';
import { Product, ProductOnWire } from '../../schemas/product.ts';
import { defaultSettings } from '../../schemas/settings.ts';
import type { SettlementAnswer } from '../../schemas/settlement.ts';
import { wireBill } from '../settlement/wire-bill.ts';
import { chancesOf, noFaults } from './chances.ts';
import { Hub, hubSecret, type Plant, tables } from './hub.ts';
import { ModelInsurer, mannerOf, type World } from './model-insurer.ts';
import { Scheduler } from './scheduler.ts';
import { Watch } from './watch.ts';

export type Simulated = {
  readonly seed: number;
  /** What was broken; empty when all held. */
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly steps: number;
  /** What happened at all, to see that worlds are not empty. */
  readonly seen: Readonly<Record<string, number>>;
};

const insurerIds = ['91500000MA5U0000XN', '91440800MA4UUUUU29', '91440101MA5AAAAA5N'] as const;
const persons = ['110101199003074477', '11010119900307889X'] as const;
const names = ['张三丰', '李四光'] as const;
const mostSteps = 60_000;

/**
 * One world from one seed: bills, reversals, insurers and faults of every kind, until nothing is left to do. What happens
 * depends on the seed alone.
 */
export async function simulate(seed: number, options: { plant?: Plant; traced?: boolean } = {}): Promise<Simulated> {
  const world = new Simulation(seed, options);
  await world.play();
  return world.result();
}

class Simulation {
  readonly seed: number;
  readonly dice: Dice;
  readonly scheduler = new Scheduler();
  readonly hub: Hub;
  readonly watch: Watch;
  readonly insurers: readonly ModelInsurer[];
  readonly violations: string[] = [];
  readonly trace: string[] = [];
  readonly start: number;
  readonly healedMs: number;
  private readonly answers = new Map<string, SettlementAnswer>();
  private readonly world: World;
  private readonly seen: Record<string, number> = {};

  constructor(seed: number, { plant, traced = false }: { plant?: Plant; traced?: boolean }) {
    this.seed = seed;
    const dice = new Dice(seed);
    this.dice = dice;
    // Some worlds begin a little before midnight in Shanghai, some before the end of the year.
    this.start = Date.parse(dice.pick(['2024-06-03T02:00:00Z', '2024-06-03T15:59:30Z', '2024-12-31T15:59:00Z']));
    this.healedMs = dice.pick([60_000, 3_600_000, 100 * 3_600_000]);
    this.hub = new Hub({
      scheduler: this.scheduler,
      dice,
      chances: noFaults,
      start: this.start,
      settings: {
        ...defaultSettings.settlement,
        windowSeconds: dice.pick([0, 1, 1, 1, 2, 2, 10]),
        acctDebited: dice.chance(0.5),
        answerWithinHours: dice.pick([1, 24, 72]),
      },
      transport: this.transport,
      trace: (line) => this.note(traced, line),
      plant,
    });
    this.world = {
      dice,
      scheduler: this.scheduler,
      trueNow: () => new Date(this.start + this.scheduler.now),
      clockIsRight: () => this.hub.clockOffsetMs === 0,
      post: async (received) => {
        if (dice.chance(this.hub.chances.requestLost)) return undefined;
        const called = await this.hub.receive(received);
        return 'answer' in called ? called.answer : undefined;
      },
      webhooks: 0,
    };
    this.insurers = insurerIds
      .slice(0, dice.whole(1, 3))
      .map((id) => new ModelInsurer(id, mannerOf(dice, this.healedMs), this.world));
    const refs = new Map(this.insurers.map(({ id }) => [id, persons.map((_, at) => personAt(id, at))]));
    const secrets = { never: [...persons, ...names, ...personRefs, hubSecret], ofInsurer: refs };
    if (traced) this.hub.items.onChange((table, item, key) => this.note(true, changeLine(table, item, key)));
    this.watch = new Watch(this.hub.items, secrets, this.hub.now, (what) => this.violate(what));
  }

  async play(): Promise<void> {
    try {
      await this.setUp();
      this.hub.chances = chancesOf(this.dice);
      this.plan();
      this.scheduler.after(this.healedMs, () => this.heal());
      await this.scheduler.run(() => this.watch.look(), mostSteps);
      await this.settled();
    } catch (error) {
      this.violate(`the world ended: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }

  result(): Simulated {
    for (const fault of this.hub.faults)
      this.violate(`unexpected: ${fault instanceof Error ? fault.stack : String(fault)}`);
    for (const insurer of this.insurers) for (const complaint of insurer.complaints) this.violate(complaint);
    const { seed, violations, trace, seen } = this;
    return { seed, violations: [...new Set(violations)], trace, steps: this.scheduler.steps, seen };
  }

  private violate(what: string): void {
    this.violations.push(what);
    this.trace.push(`${this.time()} VIOLATION ${what}`);
  }

  private note(traced: boolean, line: string): void {
    if (traced) this.trace.push(`${this.time()} ${line}`);
  }

  private time(): string {
    return new Date(this.start + this.scheduler.now).toISOString();
  }

  private count(what: string): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
  }

  /** Insurers, products and policies, in calm weather. */
  private async setUp(): Promise<void> {
    const { items } = this.hub;
    for (const insurer of this.insurers) {
      const called = await this.hub.operate('add', (wire) =>
        addInsurer({ ...wire, allowLoopback: false }, insurer.id, { name: '某财险', url: insurer.url }, 'op'),
      );
      if (!('answer' in called) || isRefusal(called.answer)) throw new Error('An insurer was not added.');
      for (const { stored, secret } of called.answer.keys) {
        const key: SignatureKey = { ...stored, key: secret ?? '' };
        if (stored.direction === 'in') insurer.ownKeys.push(key);
        else insurer.hubKeys.push(key);
      }
      const product = productOf(insurer.id, this.dice);
      await productStore(items, tables.policies).add(Product.parse(ProductOnWire.parse(product)), this.hub.now());
      for (let person = 0; person < persons.length; person++) {
        if (this.dice.chance(0.8))
          await items.write(policyWrites(tables.policies, undefined, policyOf(insurer.id, person, this.dice)));
      }
    }
  }

  /** What happens of its own accord. */
  private plan(): void {
    const { dice, scheduler } = this;
    const within = (ms: number) => dice.whole(0, ms);
    const bills = dice.whole(1, 3);
    const spread = dice.pick([0, 2000, 60_000, this.healedMs]);
    for (let n = 1; n <= bills; n++) this.planBill(n, within(spread), spread);
    for (const insurer of this.insurers) {
      // Often in the very moment in which bills come.
      const revokes = within(dice.chance(0.5) ? 500 : spread + 20_000);
      if (dice.chance(0.25)) scheduler.after(revokes, () => this.revoke(insurer));
      if (dice.chance(0.2)) scheduler.after(within(this.healedMs), () => void this.rotate(insurer));
    }
    const { clockJumps, longestJumpSeconds } = this.hub.chances;
    for (let n = 0; n < clockJumps; n++)
      scheduler.after(within(this.healedMs), () =>
        this.setClock(dice.whole(-longestJumpSeconds, longestJumpSeconds) * 1000),
      );
  }

  private planBill(n: number, at: number, spread: number): void {
    const { dice, scheduler } = this;
    const { hifp_pay, acct_pay, psn_cash_pay } = {
      hifp_pay: dice.whole(0, 500_000),
      acct_pay: dice.pick([0, 0, 30_000]),
      psn_cash_pay: dice.pick([0, 1, 99, 100_000, 333_333]),
    };
    const person = dice.whole(0, 1);
    const sums = dice.chance(0.05) ? { medfee_sumamt: '1.00' } : {};
    const also = { ...sums, certno: persons[person], psn_name: names[person] };
    const wanted = { setl_id: `S${n}`, hifp_pay, acct_pay, psn_cash_pay };
    const bill = wireBill({ ...wanted, also });
    const times = dice.pick([1, 1, 1, 2, 5]);
    for (let copy = 0; copy < times; copy++)
      scheduler.after(at + (copy === 0 ? 0 : dice.whole(0, 5000)), () => void this.settle(bill, true));
    if (dice.chance(0.1))
      scheduler.after(at + dice.whole(0, 5000), () => void this.settle({ ...bill, mdtrt_id: 'M2' }, false));
    if (dice.chance(0.1)) scheduler.after(at, () => void this.hub.preview(Buffer.from(JSON.stringify(bill))));
    if (!dice.chance(0.4)) return;
    const reversals = dice.pick([1, 1, 2]);
    for (let r = 1; r <= reversals; r++) {
      const reversal = wireBill({
        ...wanted,
        reverses: `S${n}`,
        setl_id: `R${n}-${r}`,
        also: { ...also, ...(sums.medfee_sumamt ? { medfee_sumamt: '-1.00' } : {}) },
      });
      const when = dice.chance(0.3) ? 0 : at + dice.whole(0, dice.pick([1000, 30_000, spread + 60_000, this.healedMs]));
      for (let copy = 0; copy < dice.pick([1, 2]); copy++)
        scheduler.after(when, () => void this.settle(reversal, true));
    }
  }

  /** The core system sends a bill until it has an answer. @param right Not a second bill under an id that is given away. */
  private async settle(bill: Record<string, unknown>, right: boolean): Promise<void> {
    const id = String(bill.setl_id);
    let waitMs = 1000;
    for (;;) {
      const called = await this.hub.settle(Buffer.from(JSON.stringify(bill)));
      const answer = 'answer' in called ? called.answer : undefined;
      if (answer !== undefined && !isRefusal(answer)) {
        this.count(answer.answer.state);
        const key = right ? id : `${id} other`;
        const before = this.answers.get(key);
        if (before !== undefined && !isDeepStrictEqual(before, answer.answer))
          this.violate(`${id} was answered otherwise`);
        this.answers.set(key, answer.answer);
        return;
      }
      if (answer !== undefined && answer.code !== 'settlement/busy') return this.count(answer.code);
      waitMs = Math.min(2 * waitMs, 3_600_000);
      await this.scheduler.pause(this.dice.whole(waitMs / 2, waitMs));
    }
  }

  private revoke(insurer: ModelInsurer): void {
    const person = this.dice.whole(0, 1);
    const policy_no = policyNo(insurer.id, person);
    const revoked_at = this.world.trueNow().toISOString();
    const id = insurer.say('consent.revoked', { policy_no, consent_no: `C${person}`, revoked_at });
    this.watch.revocations.set(id, `${insurer.id}/${policy_no}/`);
    this.count('revoked');
  }

  private async rotate(insurer: ModelInsurer): Promise<void> {
    // A key that is made while the clock is wrong begins at the wrong time.
    if (this.hub.clockOffsetMs !== 0) return;
    for (const direction of ['in', 'out'] as const) {
      const made = await rotateKey(
        this.hub.setup(),
        insurer.id,
        { scheme: 'v1', direction, graceHours: this.dice.pick([0, 1, 72]) },
        'op',
      );
      if (isRefusal(made)) continue;
      const key: SignatureKey = { ...made.stored, key: made.secret ?? '' };
      if (direction === 'in') insurer.ownKeys = [key];
      else insurer.hubKeys = [...insurer.hubKeys, key];
      this.count('rotated');
    }
  }

  private setClock(offsetMs: number): void {
    this.hub.clockOffsetMs = offsetMs;
    this.note(true, `the hub's clock is off by ${offsetMs} ms`);
    this.hub.planSweep();
  }

  /** From now on nothing goes wrong any more, but for insurers that never come back. */
  private heal(): void {
    this.note(true, 'healed');
    this.hub.chances = noFaults;
    this.setClock(0);
    for (const { id } of this.insurers)
      void this.hub.operate('enable', (wire) => switchInsurer({ ...wire, allowLoopback: false }, id, 'enabled', 'op'));
  }

  private readonly transport: Transport = async (request) => {
    const { dice, scheduler } = this;
    const { requestLost, requestTwice, answerLost, longestWaitMs } = this.hub.chances;
    const insurer = this.insurers.find(({ url }) => url === request.url);
    if (insurer === undefined) return { fault: 'unknown-name', milliseconds: 0 };
    await scheduler.pause(dice.whole(0, Math.min(longestWaitMs, 1000)));
    if (dice.chance(requestLost)) return { fault: 'no-connection', milliseconds: 1 };
    if (dice.chance(requestTwice)) scheduler.after(dice.whole(0, 1000), () => void insurer.serve(request));
    const answer = await insurer.serve(request);
    this.count('served');
    if (!dice.chance(answerLost)) return answer;
    await scheduler.pause(dice.pick([1000, 1000, request.timeoutMs]));
    return { fault: 'timeout', milliseconds: request.timeoutMs };
  };

  /** At the end: everything is settled, and everybody's books agree. */
  private async settled(): Promise<void> {
    const { items } = this.hub;
    if (this.hub.isDue) this.violate(`still due: ${this.hub.dueKeys.join(', ')}`);
    for (const { setl_id, state, shares, reversal, sums } of this.watch.bills) {
      this.count(`settlement ${state}`);
      for (const share of shares) {
        this.count(`share ${share.state}`);
        if (share.state === 'pending' || share.state === 'waiting')
          this.violate(`${setl_id}: a share is ${share.state}`);
      }
      const done =
        ['settled', 'settled-by-hand', 'reversed'].includes(state) ||
        (state === 'received' && sums !== undefined) ||
        (state === 'reversing' && reversal !== undefined);
      if (!done) this.violate(`${setl_id} is ${state}`);
      const history = await this.hub.calmly().store.history(setl_id);
      for (const { code, detail } of verifyHistory(setl_id, history).faults)
        this.violate(`${setl_id}: ${code} ${detail}`);
    }
    const parked = new Set<string>();
    const told = new Map<string, number>();
    for (const item of items.all(tables.messages)) {
      if (item.sk !== 'message') continue;
      if (item.pk.startsWith('in#')) {
        if (item.state === 'received') this.violate(`${item.pk} was never handled`);
        continue;
      }
      if (item.state === 'parked') parked.add(String(item.insurer));
      this.count(`${String(item.type)} ${String(item.state)}`);
      if (item.type !== 'claim.posted' && item.type !== 'claim.refused') continue;
      const { data } = JSON.parse(String(item.body)) as { data: { message_id: string } };
      const key = `${item.insurer} ${data.message_id}`;
      told.set(key, (told.get(key) ?? 0) + 1);
    }
    for (const { id, taken } of this.insurers) {
      for (const message of taken) {
        if (told.get(`${id} ${message}`) !== 1)
          this.violate(`${id}: ${message} was answered ${told.get(`${id} ${message}`) ?? 0} times`);
      }
    }
    this.compareBooks(parked);
  }

  private compareBooks(parked: ReadonlySet<string>): void {
    const paid = this.watch.paidByClaim();
    for (const { id, books } of this.insurers) {
      // What could not be sent in 75 hours is parked, and an operator knows of it.
      if (parked.has(id)) continue;
      const claims = new Set(
        [...paid.keys()].filter((key) => key.startsWith(`${id} `)).map((key) => key.slice(id.length + 1)),
      );
      for (const claim of [...claims, ...books.keys()]) {
        const { posted = 0, reversed = 0 } = books.get(claim) ?? {};
        const hub = paid.get(`${id} ${claim}`) ?? 0;
        if (posted - reversed !== hub)
          this.violate(`${id} ${claim}: the insurer has ${posted} - ${reversed}, the hub ${hub}`);
      }
    }
  }
}

/** What a change comes to, in a line of the trace. */
function changeLine(table: string, item: Item | undefined, { pk, sk }: Key): string {
  const { id, kind, type, state, attempts, dueAt, outcome, reason } = (item ?? {}) as Record<string, unknown>;
  const told = { id, kind, type, state, attempts, dueAt, outcome, reason };
  const known = Object.entries(told).filter(([, value]) => value !== undefined);
  return `  ${table} ${pk} ${sk}: ${item === undefined ? 'deleted' : known.map(([name, value]) => `${name}=${value}`).join(' ')}`;
}

const policyNo = (insurer: string, person: number): string => `P-${insurer.slice(-3)}-${person}`;
const personAt = (insurer: string, person: number): string => `ref-${insurer.slice(-6)}-${person}`;

function productOf(insurer: string, dice: Dice): ProductOnWire {
  const common = { insurer, product_code: 'PRO', name: '示例' };
  if (dice.chance(0.5)) return { ...common, mode: 'insurer' };
  const bands = dice.pick([[{ ratio: 0.8 }], [{ upTo: '500.00', ratio: 0.333333 }, { ratio: 0.6 }]]);
  const cap = dice.chance(0.5) ? { annualCap: '700.00' } : {};
  return { ...common, mode: 'hub', rules: { counts: 'all', deductible: dice.pick(['0.00', '100.01']), bands, ...cap } };
}

function policyOf(insurer: string, person: number, dice: Dice): PolicyRecord {
  const consent_end = dice.pick(['2025-12-31', '2025-12-31', '2024-06-03', '2024-06-05']);
  return {
    insurer,
    policy_no: policyNo(insurer, person),
    policy_sub_no: '',
    revoked: {},
    version: 0,
    listed: {
      asOf: '2024-01-01T00:00:00.000Z',
      source: 'roster:1',
      terms: {
        person_ref: personRefs[person]!,
        insurer_person_ref: personAt(insurer, person),
        product_code: 'PRO',
        begn_date: '2024-01-01',
        end_date: '2024-12-31',
        pre_existing: false,
        ...(dice.chance(0.95)
          ? { consent: { consent_no: `C${person}`, consent_begn: '2024-01-01', consent_end, fields: [] } }
          : {}),
        policy_stas: '1',
      },
    },
  };
}

/** The hub's own references of the persons, which no insurer may learn. */
const personRefs = persons.map((certno, at) => {
  const read = readBill(Buffer.from(JSON.stringify(wireBill({ also: { certno, psn_name: names[at] } }))), hubSecret);
  if (isRefusal(read)) throw new Error(read.code);
  return read.bill.person_ref;
});
