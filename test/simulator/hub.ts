import { handOn } from '../../functions/insurers/hand-on.ts';
import { listInsurers } from '../../functions/insurers/insurer-store.ts';
import { keyRing } from '../../functions/insurers/key-ring.ts';
import { type ReceiveAnswer, type Received, receive } from '../../functions/insurers/receive.ts';
import { sendDue } from '../../functions/insurers/send-due.ts';
import type { Setup } from '../../functions/insurers/setup.ts';
import { sweepMessages } from '../../functions/insurers/sweep-messages.ts';
import type { Wire } from '../../functions/insurers/wire.ts';
import type { Item, Items, Key } from '../../functions/runtime/items.ts';
import type { Sender, Transport } from '../../functions/runtime/ports.ts';
import { type Accepted, acceptSettlement, previewSettlement } from '../../functions/settlement/accept.ts';
import { type LoadRosterDependencies, loadRoster } from '../../functions/settlement/policies/load-roster.ts';
import { policyStore } from '../../functions/settlement/policies/policy-store.ts';
import { rosterStore } from '../../functions/settlement/policies/roster-store.ts';
import { productStore } from '../../functions/settlement/product-store.ts';
import { type CloseDayDependencies, closeDays } from '../../functions/settlement/reconciliation/close-day.ts';
import { differenceStore } from '../../functions/settlement/reconciliation/difference-store.ts';
import { type SealDependencies, sealDay } from '../../functions/settlement/seal/seal-day.ts';
import type { SettlementDependencies } from '../../functions/settlement/settlement-dependencies.ts';
import { settlementStore } from '../../functions/settlement/settlement-store.ts';
import { sweepSettlements } from '../../functions/settlement/sweep-settlements.ts';
import { takeInsurerEvent } from '../../functions/settlement/take-insurer-event.ts';
import type { Dice } from '../../infra/county/dice.ts';
import type { Refusal } from '../../schemas/errors.ts';
import { InsurerEvent, OutboxWake } from '../../schemas/messages.ts';
import type { Settings } from '../../schemas/settings.ts';
import { noFaults } from './chances.ts';
import { changesBetween, newestOf, type Roster } from './lake.ts';
import { type MemoryBucket, memoryBucket } from './memory-bucket.ts';
import { fairWeather, type MemoryItems, memoryItems } from './memory-items.ts';
import { type Consumed, memoryQueue } from './memory-queue.ts';
import { calm, lagMs, type Process, Processes } from './processes.ts';
import type { Scheduler } from './scheduler.ts';
import { trivialSealer } from './trivial-sealer.ts';

export const tables = { settlements: 'settlements', policies: 'policies', messages: 'messages' };
export const insurersTable = 'insurers';
export const hubSecret = 'a secret of at least thirty-two characters';

/** What a caller of the hub learns: an answer, or that there was none. */
export type Called<T> = { readonly answer: T } | { readonly lost: true };

/** What changes a hub's code on its way into the simulator: to plant a bug. */
export type Plant = {
  readonly items?: (items: Items) => Items;
  readonly settings?: (settings: Settings['settlement']) => Settings['settlement'];
};

const hourMs = 3_600_000;

/**
 * The hub as the stack wires it: its real logic and stores in short-lived processes, over tables, queues, a stream and
 * schedules that stand in for AWS and fail as they may.
 */
export class Hub {
  readonly items: MemoryItems;
  readonly seals: MemoryBucket = memoryBucket();
  readonly processes: Processes;
  /** Of the hub's clock against the true one. */
  clockOffsetMs = 0;
  /** Whether its days are closed and books compared. */
  closesDays = false;
  /** Accepted rosters, as the lake has them. */
  readonly rosters: Roster[] = [];
  /** What was last counted for the alarms. */
  readonly measured = new Map<string, number>();
  /** Somebody comes by whenever the hub sweeps: who carries files to insurers that no connection leads to. */
  onSweep: () => void = () => {};
  private readonly scheduler: Scheduler;
  private readonly dice: Dice;
  private readonly start: number;
  private readonly transport: Transport;
  private readonly settings: Settings['settlement'];
  private readonly plant: (items: Items) => Items;
  private readonly keys = keyRing(trivialSealer);
  private readonly events: Sender;
  private readonly outbox: Sender;
  private changed: unknown[] = [];
  private readonly due = new Map<string, string>();
  private sweepAt: number | undefined;
  private sweepsInVain = 0;
  private closingPlanned = false;
  private writes = 0;
  private ids = 0;

  constructor(options: {
    scheduler: Scheduler;
    dice: Dice;
    start: number;
    settings: Settings['settlement'];
    transport: Transport;
    trace: (line: string) => void;
    plant: Plant | undefined;
  }) {
    const { scheduler, dice, trace, settings, plant } = options;
    this.scheduler = scheduler;
    this.dice = dice;
    this.start = options.start;
    this.transport = options.transport;
    this.settings = plant?.settings?.(settings) ?? settings;
    this.plant = plant?.items ?? ((items) => items);
    this.processes = new Processes(scheduler, dice, noFaults, trace);
    this.items = memoryItems(fairWeather, {
      now: () => scheduler.now,
      milliseconds: () => (this.processes.happens('lag') ? dice.whole(0, lagMs) : 0),
    });
    const faults = {
      latencyMs: () => (dice.chance(0.1) ? dice.whole(0, 120_000) : dice.whole(0, 200)),
      duplicates: () => dice.chance(this.processes.chances.duplicate),
      loses: () => dice.chance(this.processes.chances.lose),
    };
    const events = { visibilitySeconds: 180, mostDeliveries: 5 };
    const outbox = { visibilitySeconds: 360, mostDeliveries: 10 };
    this.events = memoryQueue(scheduler, events, (body) => this.takeEvent(body), faults);
    this.outbox = memoryQueue(scheduler, outbox, (body) => this.send(body), faults);
    this.items.onChange((table, item, key) => this.note(table, item, key));
  }

  now = (): Date => new Date(this.start + this.scheduler.now + this.clockOffsetMs);

  /** The core system's request. */
  settle(bytes: Uint8Array): Promise<Called<Accepted | Refusal>> {
    return this.call('settle', 28, (p) => acceptSettlement(this.settlement(p), bytes));
  }

  preview(bytes: Uint8Array): Promise<Called<unknown>> {
    return this.call('preview', 28, (p) => previewSettlement(this.settlement(p), bytes));
  }

  /** An insurer's webhook. */
  receive(received: Received): Promise<Called<ReceiveAnswer>> {
    return this.call(`receive ${received.headers.id}`, 10, (p) => receive(this.wire(p), received));
  }

  /** An operator's act, with the whole wire at hand. */
  operate<T>(name: string, act: (wire: Wire) => Promise<T>): Promise<Called<T>> {
    return this.call(name, 28, (p) => act(this.wire(p)));
  }

  /** An operator's act upon settlements. */
  clear<T>(name: string, act: (dependencies: SettlementDependencies) => Promise<T>): Promise<Called<T>> {
    return this.call(name, 28, (p) => act(this.settlement(p)));
  }

  /** A roster was accepted; the load looks every minute whether there is one. */
  async deliver(roster: Roster): Promise<void> {
    this.rosters.push(roster);
    const load = () =>
      this.processes.begin('load roster', 60, (p) =>
        loadRoster(this.loading(p), { policiesPerSecond: 250, seconds: 45 }),
      );
    while (!(await this.isLoaded())) {
      // A load may take longer than a minute: then the next one begins beside it.
      if (this.dice.chance(this.processes.chances.duplicate))
        await Promise.all([load(), this.scheduler.pause(this.dice.whole(0, 100)).then(load)]);
      else await load();
      if (!(await this.isLoaded())) await this.scheduler.pause(60_000);
    }
  }

  /** Whether anything is listed as due, however late. */
  get isDue(): boolean {
    return this.due.size > 0;
  }
  get dueKeys(): string[] {
    return [...this.due.keys()];
  }

  /** What the code under test is bound to outside of any process: nothing befalls it. */
  calmly(): SettlementDependencies {
    return this.settlement(calm, this.items);
  }

  closingCalmly(): CloseDayDependencies {
    return this.closing(calm, this.items);
  }

  /** For an operator whose acts nothing befalls. */
  setup(): Setup {
    return { ...this.wire(calm), items: this.items, allowLoopback: false };
  }

  private itemsOf(process: Process): Items {
    return this.plant(this.processes.itemsOf(process, this.items));
  }

  private settlement(process: Process, items = this.itemsOf(process)): SettlementDependencies {
    const { now } = this;
    return {
      items,
      tables,
      store: settlementStore(items, tables),
      ofPerson: policyStore(items, tables.policies).ofPerson,
      products: () => productStore(items, tables.policies).newest(),
      settings: async () => this.settings,
      openDifferences: differenceStore(items, tables.settlements).ensure,
      secret: async () => hubSecret,
      sealer: trivialSealer,
      now,
      pause: (milliseconds) => this.processes.pause(process, milliseconds),
    };
  }

  private closing(process: Process, items = this.itemsOf(process)): CloseDayDependencies {
    return {
      items,
      tables,
      now: this.now,
      insurers: () => listInsurers(items, insurersTable),
      products: () => productStore(items, tables.policies).newest(),
      measure: (metric, value) => void this.measured.set(metric, value),
      seal: (day) => sealDay(this.sealing(process, items), day),
    };
  }

  private sealing(process: Process, items: Items): SealDependencies {
    const { now, processes, seals } = this;
    return {
      items,
      table: tables.settlements,
      auditOf: async () => [],
      runs: async () => [],
      bucket: processes.bucketOf(process, seals),
      sealer: trivialSealer,
      now,
    };
  }

  private loading(process: Process): LoadRosterDependencies {
    return {
      items: this.itemsOf(process),
      table: tables.policies,
      secret: async () => hubSecret,
      now: this.now,
      newest: async () => newestOf(this.rosters),
      withChanges: (of, work) => work(changesBetween(this.rosters, of)),
      pause: (milliseconds) => this.processes.pause(process, milliseconds),
    };
  }

  private wire(process: Process): Wire {
    const { processes } = this;
    return {
      items: this.itemsOf(process),
      messages: tables.messages,
      insurers: insurersTable,
      sealer: trivialSealer,
      keyRing: this.keys,
      decoyKeys: () => [],
      events: processes.senderOf(process, this.events),
      outbox: processes.senderOf(process, this.outbox),
      transport: async (request) => {
        const answer = await this.transport(request);
        await processes.befall(process, 'wait');
        return answer;
      },
      now: this.now,
      random: () => this.dice.share(),
      newId: () => String(++this.ids).padStart(8, '0'),
      pause: (milliseconds) => processes.pause(process, milliseconds),
      measure: () => {},
    };
  }

  private takeEvent(body: unknown): Promise<Consumed> {
    const event = InsurerEvent.parse(body);
    return this.consume(`event ${JSON.stringify(body)}`, 30, (p) => takeInsurerEvent(this.settlement(p), event));
  }

  private send(body: unknown): Promise<Consumed> {
    const { insurer } = OutboxWake.parse(body);
    return this.consume(`send ${insurer}`, 60, (p) =>
      sendDue(this.wire(p), insurer, () => p.endsAt - this.scheduler.now),
    );
  }

  private async consume(name: string, seconds: number, work: (process: Process) => Promise<void>): Promise<Consumed> {
    const outcome = await this.processes.begin(name, seconds, work);
    return 'value' in outcome ? 'done' : outcome.ended;
  }

  private async call<T>(name: string, seconds: number, work: (process: Process) => Promise<T>): Promise<Called<T>> {
    const outcome = await this.processes.begin(name, seconds, work);
    if (!('value' in outcome) || this.dice.chance(this.processes.chances.answerLost)) return { lost: true };
    return { answer: outcome.value };
  }

  private async isLoaded(): Promise<boolean> {
    const rosters = rosterStore(this.items, tables.policies);
    if ((await rosters.load()) !== undefined) return false;
    return (await rosters.loaded())?.snapshotId === newestOf(this.rosters)?.snapshotId;
  }

  /** The stream of the table of messages, what is due in the indexes, and days that something is booked on. */
  private note(table: string, item: Item | undefined, { pk, sk }: Key): void {
    this.writes += 1;
    const name = `${table} ${pk} ${sk}`;
    // The list of policies that are another person's is looked at in every sweep.
    const isCorrected = item !== undefined && table === tables.policies && pk === 'corrected';
    if (item?.due === undefined && !isCorrected) this.due.delete(name);
    else {
      this.due.set(name, isCorrected ? this.now().toISOString() : String(item?.dueAt));
      this.planSweep();
    }
    if (table === tables.settlements && sk.startsWith('command#')) this.planClosing();
    if (table !== tables.messages || item === undefined) return;
    if (this.changed.push(item) === 1) this.scheduler.after(this.dice.whole(0, 500), () => this.stream());
  }

  private stream(): void {
    const batch = this.changed;
    this.changed = [];
    const tries = (n: number): void => {
      if (this.dice.chance(this.processes.chances.lose)) return;
      void this.processes
        .begin('hand on', 30, (p) => handOn(this.wire(p), batch))
        .then((outcome) => {
          const again = !('value' in outcome) || this.dice.chance(this.processes.chances.duplicate);
          if (again && n < 3) this.scheduler.after(1000, () => tries(n + 1));
        });
    };
    tries(1);
  }

  /**
   * Every minute, as the schedule says; but minutes in which nothing is due change nothing and are left out, and while
   * sweeps change nothing they come ever more rarely.
   */
  planSweep(): void {
    let first: string | undefined;
    for (const dueAt of this.due.values()) if (first === undefined || dueAt < first) first = dueAt;
    if (first === undefined) return;
    const untilDue = Date.parse(first) - this.now().getTime();
    const wait = Math.max(60_000 * 4 ** Math.min(this.sweepsInVain, 4), untilDue);
    const at = this.scheduler.now + wait;
    if (this.sweepAt !== undefined && this.sweepAt <= at) return;
    this.sweepAt = at;
    this.scheduler.after(wait, () => {
      if (this.sweepAt === at) this.sweep();
    });
  }

  private sweep(): void {
    const { writes } = this;
    this.onSweep();
    void Promise.all([
      this.processes.begin('sweep messages', 60, (p) => sweepMessages(this.wire(p))),
      this.processes.begin('sweep settlements', 60, (p) => sweepSettlements(this.settlement(p))),
    ]).then(() => {
      this.sweepAt = undefined;
      this.sweepsInVain = this.writes === writes ? this.sweepsInVain + 1 : 0;
      this.planSweep();
    });
  }

  /** 00:30 in Shanghai, after a day on which something was booked; the schedule comes again every hour. */
  private planClosing(): void {
    if (this.closingPlanned || !this.closesDays) return;
    this.closingPlanned = true;
    const sinceMidnight = (this.start + this.scheduler.now + 8 * hourMs) % (24 * hourMs);
    // A hub that was down closes several days at once.
    const downMs = this.dice.pick([0, 0, 0, 72]) * hourMs;
    this.scheduler.after(24.5 * hourMs - sinceMidnight + downMs, () => {
      void this.close();
      // A schedule may fire twice.
      if (this.dice.chance(this.processes.chances.duplicate))
        this.scheduler.after(this.dice.whole(0, 1000), () => void this.close());
    });
  }

  private async close(): Promise<void> {
    this.closingPlanned = false;
    const closed = await this.processes.begin('close days', 300, (p) => closeDays(this.closing(p)));
    if (!('value' in closed)) this.scheduler.after(hourMs, () => void this.close());
  }
}
