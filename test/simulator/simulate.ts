import type { Item } from '../../functions/runtime/items.ts';
import type { Transport } from '../../functions/runtime/ports.ts';
import { settleByHand } from '../../functions/settlement/settle-by-hand.ts';
import { Dice } from '../../infra/county/dice.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { defaultSettings } from '../../schemas/settings.ts';
import { addDays, civilDateAt } from '../../schemas/time.ts';
import { wireBill } from '../settlement/wire-bill.ts';
import { chancesOf, crowded, noFaults } from './chances.ts';
import { CoreSystem } from './core-system.ts';
import { feesBill, reversalOfFees, withTiers } from './fees-bills.ts';
import { Hub, type Plant, tables } from './hub.ts';
import { judge } from './judge.ts';
import { ModelInsurer, mannerOf, type World } from './model-insurer.ts';
import { Operators } from './operators.ts';
import {
  insurerIds,
  isOthers,
  knownTo,
  persons,
  policyMessage,
  policyNo,
  productOf,
  revocation,
  rosterRow,
  rowsAfter,
  secrets,
} from './people.ts';
import { Scheduler } from './scheduler.ts';
import { changeLine } from './trace.ts';
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

const mostSteps = 60_000;
/** Worlds in which days are closed and books compared: it takes three times as long. */
const shareThatCloses = 0.1;
const hourMs = 3_600_000;

/**
 * One world from one seed: bills, reversals, insurers and faults of every kind, until nothing is left to do. What happens
 * depends on the seed alone.
 */
export async function simulate(
  seed: number,
  options: { plant?: Plant | undefined; traced?: boolean } = {},
): Promise<Simulated> {
  const world = new Simulation(seed, options);
  await world.play();
  return world.result();
}

export class Simulation {
  readonly seed: number;
  readonly dice: Dice;
  readonly scheduler = new Scheduler();
  readonly hub: Hub;
  readonly core: CoreSystem;
  readonly operators: Operators;
  readonly watch: Watch;
  readonly insurers: readonly ModelInsurer[];
  /** The table loses what it says it has: then less can be promised. */
  isLying = false;
  private readonly violations: string[] = [];
  private readonly trace: string[] = [];
  private readonly start: number;
  private readonly healedMs: number;
  /** Everything happens within some seconds. */
  private readonly isCrowded: boolean;
  private readonly world: World;
  private readonly seen: Record<string, number> = {};
  private jumps = 0;
  /** What may happen to a bill while its notice is on its way. */
  private readonly reversals = new Map<string, () => void>();

  constructor(seed: number, { plant, traced = false }: { plant?: Plant | undefined; traced?: boolean }) {
    this.seed = seed;
    const dice = new Dice(seed);
    this.dice = dice;
    // Some worlds begin a little before midnight in Shanghai, some before the end of the year.
    this.start = Date.parse(dice.pick(['2024-06-03T02:00:00Z', '2024-06-03T15:59:30Z', '2024-12-31T15:59:00Z']));
    this.isCrowded = dice.chance(0.3);
    this.healedMs = this.isCrowded ? 60_000 : dice.pick([60_000, hourMs, 100 * hourMs]);
    const { scheduler } = this;
    const trueNow = () => new Date(this.start + scheduler.now);
    const settings = {
      ...defaultSettings.settlement,
      windowSeconds: dice.pick([0, 1, 1, 1, 2, 2, 10]),
      acctDebited: dice.chance(0.5),
      answerWithinHours: dice.pick([1, 24, 72]),
      benefits: {
        ...defaultSettings.settlement.benefits,
        checkTiers: dice.chance(0.2),
        annualCapFen: { resident: dice.pick([80_000_000, 80_000_000, 400_000]) },
        seriousIllness: { deductibleFen: dice.pick([0, 100_000]), ratio: 0.6 },
      },
    };
    const note = (line: string) => this.note(traced, line);
    this.hub = new Hub({ scheduler, dice, start: this.start, settings, transport: this.transport, trace: note, plant });
    this.world = {
      dice,
      scheduler,
      trueNow,
      clockIsRight: () => this.hub.clockOffsetMs === 0,
      post: async (received) => {
        if (dice.chance(this.hub.processes.chances.requestLost)) return undefined;
        if (received.channel === 'file') return this.operators.bring(received);
        const called = await this.hub.receive(received);
        return 'answer' in called ? called.answer : undefined;
      },
      insurers: [],
      webhooks: 0,
    };
    for (const id of insurerIds.slice(0, dice.pick([1, 1, 2, 2, 3])))
      this.world.insurers.push(new ModelInsurer(id, mannerOf(dice, this.healedMs, this.isCrowded), this.world));
    this.insurers = this.world.insurers;
    const wronglyAnswered = (id: string, how: string) => {
      // What was lost is judged anew when it comes again.
      if (!this.isLying) this.violate(`${id} was ${how}`);
    };
    this.core = new CoreSystem({ hub: this.hub, scheduler, dice, trueNow, count: this.count, wronglyAnswered });
    this.operators = new Operators(this.hub, this.insurers, this.count);
    if (traced) this.hub.items.onChange((table, item, key) => note(changeLine(table, item, key)));
    this.hub.items.onChange((table, item, _, before) => this.provoke(table, item, before));
    const refs = new Map(this.insurers.map(({ id }) => [id, knownTo(id)]));
    this.watch = new Watch(this.hub.items, { never: secrets, ofInsurer: refs }, this.hub.now, this.violate);
    const { annualCapFen, seriousIllness } = settings.benefits;
    this.watch.fundTerms = { capFen: annualCapFen.resident, deductibleFen: seriousIllness.deductibleFen };
  }

  async play(): Promise<void> {
    try {
      await this.setUp();
      this.hub.closesDays = this.dice.chance(shareThatCloses);
      const chances = this.isCrowded ? crowded(this.dice) : chancesOf(this.dice);
      this.hub.processes.chances = chances;
      this.isLying = chances.lie > 0;
      if (this.isLying) this.hub.closesDays = true;
      this.watch.trustsStore = !this.isLying;
      this.hub.onSweep = () => this.operators.carryFiles();
      this.plan();
      this.scheduler.after(this.healedMs, () => this.heal());
      await this.run();
      await judge(this);
    } catch (error) {
      this.violate(`the world ended: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }

  /** Until nothing is left to happen. */
  run(): Promise<void> {
    return this.scheduler.run(() => this.watch.look(), mostSteps);
  }

  result(): Simulated {
    // Whoever settles reads again what it has written, and fails aloud where that is not there.
    const faults = this.hub.processes.faults.filter((fault) => !(this.isLying && / is gone\.$/.test(String(fault))));
    for (const fault of faults) this.violate(`unexpected: ${fault instanceof Error ? fault.stack : String(fault)}`);
    for (const insurer of this.insurers) for (const complaint of insurer.complaints) this.violate(complaint);
    const { seed, violations, trace, seen } = this;
    return { seed, violations: [...new Set(violations)], trace, steps: this.scheduler.steps, seen };
  }

  /** Whether the hub's clock was wrong at some time. */
  get isJumpy(): boolean {
    return this.jumps > 0;
  }

  get firstDay(): string {
    return civilDateAt(new Date(this.start));
  }

  violate = (what: string): void => {
    this.violations.push(what);
    this.trace.push(`${this.time()} VIOLATION ${what}`);
  };

  count = (what: string): void => {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
  };

  private note(traced: boolean, line: string): void {
    if (traced) this.trace.push(`${this.time()} ${line}`);
  }

  private time(): string {
    return new Date(this.start + this.scheduler.now).toISOString();
  }

  /** Insurers, products and the first roster, in calm weather. */
  private async setUp(): Promise<void> {
    const { hub, dice } = this;
    for (const insurer of this.insurers) {
      await this.operators.add(insurer, dice);
      await this.operators.declare(this.productOf(insurer.id));
    }
    const rows = this.insurers.flatMap(({ id }) =>
      persons.flatMap((_, person) => (dice.chance(0.8) ? [rosterRow(id, person, dice)] : [])),
    );
    const loaded = hub.deliver({ snapshotId: 'first', dataAsOf: '2024-01-01', sequence: 1, rows });
    await this.run();
    await loaded;
  }

  /** What happens of its own accord. */
  private plan(): void {
    const { dice, scheduler } = this;
    const within = (ms: number) => dice.whole(0, ms);
    const bills = dice.whole(1, 3);
    const spread = this.isCrowded ? 2000 : dice.pick([0, 2000, 60_000, this.healedMs]);
    for (let n = 1; n <= bills; n++) {
      if (dice.chance(0.15)) this.planFees(`S${n}`, within(spread), spread);
      else this.planBill(n, within(spread), spread);
    }
    for (const insurer of this.isCrowded ? this.insurers : []) {
      for (let n = dice.whole(0, 3); n > 0; n--)
        scheduler.after(within(6000), () => this.tellOfPolicy(insurer, dice.chance(0.7)));
    }
    for (const insurer of this.insurers) {
      // Often in the very moment in which bills come.
      const revokes = within(dice.chance(0.5) ? 500 : spread + 20_000);
      if (dice.chance(0.25)) scheduler.after(revokes, () => this.tellOfPolicy(insurer, true));
      if (dice.chance(0.15)) scheduler.after(within(spread + 60_000), () => this.tellOfPolicy(insurer, false));
      const rotates = within(this.healedMs);
      for (let n = dice.pick([0, 0, 0, 0, 0, 0, 1, 2]); n > 0; n--)
        scheduler.after(rotates + dice.whole(0, 50), () => void this.operators.rotate(insurer, dice));
      if (dice.chance(0.1)) this.planProducts(insurer, within(spread + 20_000));
      if (dice.chance(0.1)) scheduler.after(within(spread + 20_000), () => insurer.guess('S1', dice.whole(0, 1)));
    }
    if (dice.chance(0.2)) this.planRoster(2, within(spread + 60_000));
    if (dice.chance(0.05)) this.planRoster(3, within(spread + 60_000));
    const replays = within(this.healedMs);
    for (let n = dice.pick([0, 0, 0, 0, 1, 2]); n > 0; n--)
      scheduler.after(replays + dice.whole(0, 50), () => void this.operators.replaySome(dice));
    const { clockJumps, longestJumpSeconds } = this.hub.processes.chances;
    for (let n = 0; n < clockJumps; n++)
      scheduler.after(within(this.healedMs), () =>
        this.setClock(dice.whole(-longestJumpSeconds, longestJumpSeconds) * 1000),
      );
  }

  private planBill(n: number, at: number, spread: number): void {
    const { dice, scheduler } = this;
    const { hifp_pay, acct_pay, psn_cash_pay } = {
      hifp_pay: dice.whole(1, 500_000),
      acct_pay: dice.pick([0, 0, 30_000]),
      psn_cash_pay: dice.pick([0, 1, 99, 100_000, 333_333]),
    };
    const sums = dice.chance(0.05) ? { medfee_sumamt: '1.00' } : {};
    const also = { ...sums, ...dice.pick(persons) };
    const wanted = { setl_id: `S${n}`, hifp_pay, acct_pay, psn_cash_pay };
    const bill = wireBill({ ...wanted, also });
    const send = (what: Record<string, unknown>, right: boolean) => () => void this.core.settle(what, right);
    const times = dice.pick([1, 1, 1, 2, 5]);
    for (let copy = 0; copy < times; copy++)
      scheduler.after(at + (copy === 0 ? 0 : dice.whole(0, 5000)), send(bill, true));
    if (dice.chance(0.1)) scheduler.after(at + dice.whole(0, 5000), send({ ...bill, mdtrt_id: 'M2' }, false));
    if (dice.chance(0.1)) scheduler.after(at, () => void this.hub.preview(Buffer.from(JSON.stringify(bill))));
    if (dice.chance(0.1)) scheduler.after(at + dice.whole(0, spread + 60_000), () => void this.settleByHand(`S${n}`));
    const within = this.isCrowded ? 6000 : dice.pick([1000, 30_000, spread + 60_000, this.healedMs]);
    if (dice.chance(0.15)) {
      const otherwise = dice.pick([
        { hifp_pay: Math.floor(hifp_pay / 2), acct_pay, psn_cash_pay },
        { hifp_pay, acct_pay, psn_cash_pay: psn_cash_pay + 1 },
        { ...wanted, also: { ...also, ...persons.find(({ certno }) => certno !== also.certno) } },
        { ...wanted, also: { ...also, fixmedins_code: 'H50023600002' } },
      ]);
      const when = dice.chance(0.4) ? 0 : at + dice.whole(0, within);
      // The same may come under several ids.
      for (const setl_id of dice.pick([[`X${n}`], [`X${n}`], [`X${n}`, `X${n}b`]])) {
        const misfit = wireBill({ also, ...otherwise, reverses: `S${n}`, setl_id });
        this.core.misfits.add(setl_id);
        for (let copy = 0; copy < dice.pick([1, 2]); copy++) scheduler.after(when, send(misfit, true));
      }
    }
    if (!dice.chance(this.isCrowded ? 0.7 : 0.4)) return;
    const reversals = dice.pick([1, 1, 2]);
    for (let r = 1; r <= reversals; r++) {
      const reversal = wireBill({
        ...wanted,
        reverses: `S${n}`,
        setl_id: `R${n}-${r}`,
        also: { ...also, ...(sums.medfee_sumamt ? { medfee_sumamt: '-1.00' } : {}) },
      });
      this.reversals.set(`S${n}`, send(reversal, true));
      const when = dice.chance(0.3) ? 0 : at + dice.whole(0, within);
      for (let copy = 0; copy < dice.pick([1, 2]); copy++) scheduler.after(when, send(reversal, true));
      // The core system has given the reversal's id to another bill as well.
      if (dice.chance(0.05)) scheduler.after(when, send({ ...bill, setl_id: `R${n}-${r}` }, false));
    }
  }

  /** A bill that brings its fees only. Who takes it back needs its answer. */
  private planFees(id: string, at: number, spread: number): void {
    const { dice, scheduler, core, isCrowded } = this;
    const medfeeFen = dice.whole(0, 900_000);
    const fees = { medfeeFen, scopeFen: dice.whole(0, medfeeFen), acctFen: dice.pick([0, 0, 30_000]) };
    const person = dice.pick(persons);
    const bill = feesBill(id, person, fees);
    this.watch.fees.set(id, fees);
    core.fees.set(id, (answer) => withTiers(id, person, fees, answer));
    for (let copy = 0; copy < dice.pick([1, 1, 2]); copy++)
      scheduler.after(at + (copy === 0 ? 0 : dice.whole(0, 5000)), () => void core.settle(bill, true));
    if (dice.chance(0.1)) scheduler.after(at, () => void this.hub.preview(Buffer.from(JSON.stringify(bill))));
    const back = `R${id.slice(1)}-1`;
    const reverse = (): void => {
      const answer = core.answers.get(id);
      if (answer !== undefined) void core.settle(reversalOfFees(back, id, person, fees, answer), true);
    };
    this.reversals.set(id, reverse);
    const within = isCrowded ? 6000 : dice.pick([1000, 30_000, spread + 60_000, this.healedMs]);
    if (dice.chance(0.4)) scheduler.after(at + dice.whole(0, within), reverse);
  }

  /** Two declare another version of a product at once. */
  private planProducts({ id }: ModelInsurer, at: number): void {
    const { dice, scheduler } = this;
    for (const product of [this.productOf(id), this.productOf(id)])
      scheduler.after(at + dice.whole(0, 100), () => void this.operators.declare(product));
  }

  private productOf(id: string) {
    return productOf(id, this.dice, this.isCrowded ? 0.8 : 0.5);
  }

  private planRoster(sequence: number, at: number): void {
    const { dice, scheduler } = this;
    const rows = rowsAfter(this.hub.rosters[0]!.rows, dice);
    const dataAsOf = addDays(civilDateAt(this.world.trueNow()), dice.pick([-1, 0, 1]));
    scheduler.after(at, () => {
      this.count('roster');
      void this.hub.deliver({ snapshotId: `roster-${sequence}`, dataAsOf, sequence, rows });
    });
  }

  /** Where all happens at once, what a notice speaks of is ended while the notice is on its way. */
  private provoke(table: string, item: Item | undefined, before: Item | undefined): void {
    if (!this.isCrowded || table !== tables.messages || item?.type !== 'settlement.notice') return;
    const { dice, scheduler } = this;
    const setlId = String(item.setl_id);
    if (before?.state === 'due' && item.state === 'accepted' && dice.chance(0.1))
      scheduler.after(dice.whole(0, 600), () => void this.operators.replay(String(item.insurer), String(item.id)));
    const begins = before === undefined ? dice.chance(0.3) : Number(item.attempts) > Number(before.attempts);
    if (item.acceptedAt !== undefined || !begins || dice.chance(0.2)) return;
    const insurer = this.insurers.find(({ id }) => id === item.insurer)!;
    const person = persons.findIndex((_, n) => String(item.body).includes(`"${policyNo(insurer.id, n)}"`));
    const act = dice.pick([
      () => this.tellOfPolicy(insurer, true, person),
      () => void this.settleByHand(setlId),
      this.reversals.get(setlId) ?? (() => {}),
    ]);
    scheduler.after(dice.whole(0, before === undefined ? 800 : dice.pick([60, 150, 6000])), act);
  }

  /** What an insurer says of a policy of its own. @param revokes Its consent is revoked. */
  private tellOfPolicy(insurer: ModelInsurer, revokes: boolean, person = this.dice.whole(0, persons.length - 1)): void {
    const { dice, watch } = this;
    const at = this.world.trueNow();
    const { type, data } = revokes ? revocation(insurer.id, person, at) : policyMessage(insurer.id, person, at, dice);
    const id = insurer.say(type, data);
    watch.said.set(id, {
      insurer: insurer.id,
      policy_no: policyNo(insurer.id, person),
      type,
      at: at.toISOString(),
      data,
    });
    this.count(isOthers(person, data) ? 'corrected' : type);
  }

  /** An operator asks until it is answered, by the same request. */
  private async settleByHand(setlId: string): Promise<void> {
    const order = { by: 'op', reason: '窗口关闭', requestId: setlId };
    for (let tries = 1; tries < 10; tries++) {
      const called = await this.hub.clear('settle by hand', (dependencies) =>
        settleByHand(dependencies, setlId, order),
      );
      if ('answer' in called) return this.count(isRefusal(called.answer) ? called.answer.code : 'by hand');
      await this.scheduler.pause(1000);
    }
  }

  private setClock(offsetMs: number): void {
    if (offsetMs !== 0) this.jumps += 1;
    this.watch.trustsClock = this.jumps === 0;
    this.hub.clockOffsetMs = offsetMs;
    this.hub.processes.trace(`the hub's clock is off by ${offsetMs} ms`);
    this.hub.planSweep();
  }

  /** From now on nothing goes wrong any more, but for insurers that never come back. */
  private heal(): void {
    this.hub.processes.trace('healed');
    this.hub.processes.chances = noFaults;
    this.hub.items.catchUp();
    this.setClock(0);
    for (const { id } of this.insurers) void this.operators.enable(id);
  }

  private readonly transport: Transport = async (request) => {
    const { dice, scheduler } = this;
    const { requestLost, requestTwice, answerLost, longestWaitMs } = this.hub.processes.chances;
    const insurer = this.insurers.find(({ url }) => url === request.url);
    if (insurer === undefined) return { fault: 'unknown-name', milliseconds: 0 };
    // A request is signed in the moment in which it is sent.
    const signedRight = this.hub.clockOffsetMs === 0;
    await scheduler.pause(dice.whole(0, Math.min(longestWaitMs, 1000)));
    if (dice.chance(requestLost)) return { fault: 'no-connection', milliseconds: 1 };
    if (dice.chance(requestTwice)) scheduler.after(dice.whole(0, 1000), () => void insurer.serve(request, signedRight));
    const answer = await insurer.serve(request, signedRight);
    this.count('served');
    if (!dice.chance(answerLost)) return answer;
    await scheduler.pause(dice.pick([1000, 1000, request.timeoutMs]));
    return { fault: 'timeout', milliseconds: request.timeoutMs };
  };
}
