import { handOn } from '../../functions/insurers/hand-on.ts';
import { handledWrite } from '../../functions/insurers/inbox.ts';
import { keyRing } from '../../functions/insurers/key-ring.ts';
import { type ReceiveAnswer, type Received, receive } from '../../functions/insurers/receive.ts';
import { sendDue } from '../../functions/insurers/send-due.ts';
import type { Setup } from '../../functions/insurers/setup.ts';
import { sweepMessages } from '../../functions/insurers/sweep-messages.ts';
import type { Wire } from '../../functions/insurers/wire.ts';
import type { Items } from '../../functions/runtime/items.ts';
import type { Sender, Transport } from '../../functions/runtime/ports.ts';
import type { SealContext, Sealer } from '../../functions/runtime/sealed.ts';
import { type Accepted, acceptSettlement, previewSettlement } from '../../functions/settlement/accept.ts';
import { policyStore } from '../../functions/settlement/policies/policy-store.ts';
import { productStore } from '../../functions/settlement/product-store.ts';
import { differenceStore } from '../../functions/settlement/reconciliation/difference-store.ts';
import { settlementStore } from '../../functions/settlement/settlement-store.ts';
import { sweepSettlements } from '../../functions/settlement/sweep-settlements.ts';
import { type InsurerEventDependencies, takeInsurerEvent } from '../../functions/settlement/take-insurer-event.ts';
import type { Dice } from '../../infra/county/dice.ts';
import type { Refusal } from '../../schemas/errors.ts';
import { InsurerEvent, OutboxWake } from '../../schemas/messages.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Chances } from './chances.ts';
import { type MemoryItems, memoryItems, type Weather } from './memory-items.ts';
import { type Consumed, memoryQueue } from './memory-queue.ts';
import type { Scheduler } from './scheduler.ts';

export const tables = { settlements: 'settlements', policies: 'policies', messages: 'messages' };
export const insurersTable = 'insurers';
export const hubSecret = 'a secret of at least thirty-two characters';

/** One run of a function: it can be gone at any moment, and then none of its operations ever comes back. */
type Process = { readonly name: string; gone: boolean; readonly endsAt: number; onGone: () => void };

/** What a caller of the hub learns: an answer, or that there was none. */
export type Called<T> = { readonly answer: T } | { readonly lost: true };

/** What changes a hub's code on its way into the simulator: to plant a bug. */
export type Plant = (items: Items) => Items;

/**
 * The hub as the stack wires it: its real logic and stores in short-lived processes, over tables, queues, a stream and
 * sweeps that stand in for AWS and fail as they may.
 */
export class Hub {
  readonly items: MemoryItems = memoryItems();
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly start: number;
  readonly transport: (name: string) => Transport;
  readonly trace: (line: string) => void;
  readonly sealer: Sealer = trivialSealer;
  readonly settings: Settings['settlement'];
  chances: Chances;
  /** Of the hub's clock against the true one. */
  clockOffsetMs = 0;
  readonly faults: unknown[] = [];
  private readonly plant: Plant;
  private readonly keys = keyRing(trivialSealer);
  private readonly events: Sender;
  private readonly outbox: Sender;
  private changed: unknown[] = [];
  private readonly due = new Map<string, string>();
  private sweepAt: number | undefined;
  private sweepsInVain = 0;
  private writes = 0;
  private ids = 0;

  constructor(options: {
    scheduler: Scheduler;
    dice: Dice;
    chances: Chances;
    start: number;
    settings: Settings['settlement'];
    transport: Transport;
    trace: (line: string) => void;
    plant?: Plant | undefined;
  }) {
    this.scheduler = options.scheduler;
    this.dice = options.dice;
    this.chances = options.chances;
    this.start = options.start;
    this.settings = options.settings;
    this.trace = options.trace;
    this.plant = options.plant ?? ((items) => items);
    this.transport = () => options.transport;
    const faults = {
      latencyMs: () => (this.dice.chance(0.1) ? this.dice.whole(0, 120_000) : this.dice.whole(0, 200)),
      duplicates: () => this.dice.chance(this.chances.duplicate),
      loses: () => this.dice.chance(this.chances.lose),
    };
    this.events = memoryQueue(
      this.scheduler,
      { visibilitySeconds: 180, mostDeliveries: 5 },
      (body) =>
        this.consume(`event ${JSON.stringify(body)}`, 30, (p) =>
          takeInsurerEvent(this.settlement(p), InsurerEvent.parse(body)),
        ),
      faults,
    );
    this.outbox = memoryQueue(
      this.scheduler,
      { visibilitySeconds: 360, mostDeliveries: 10 },
      (body) =>
        this.consume(`send ${JSON.stringify(body)}`, 60, (p) =>
          sendDue(this.wire(p), OutboxWake.parse(body).insurer, () => p.endsAt - this.scheduler.now),
        ),
      faults,
    );
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

  /** Whether anything is listed as due, however late. */
  get isDue(): boolean {
    return this.due.size > 0;
  }
  get dueKeys(): string[] {
    return [...this.due.keys()];
  }

  /** What the code under test is bound to outside of any process: nothing befalls it. */
  calmly(): InsurerEventDependencies {
    return this.settlement(calm, this.items);
  }

  /** For an operator whose acts nothing befalls. */
  setup(): Setup {
    return { ...this.wire(calm), items: this.items, allowLoopback: false };
  }

  private settlement(process: Process, items = this.itemsOf(process)): InsurerEventDependencies {
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
      now: this.now,
      pause: (milliseconds) => this.pause(process, milliseconds),
      takeStatement: async ({ insurer, id }) => {
        await items.write([handledWrite(tables.messages, insurer, id, 'kept')]);
      },
    };
  }

  private wire(process: Process): Wire {
    return {
      items: this.itemsOf(process),
      messages: tables.messages,
      insurers: insurersTable,
      sealer: trivialSealer,
      keyRing: this.keys,
      decoyKeys: () => [],
      events: this.senderOf(process, this.events),
      outbox: this.senderOf(process, this.outbox),
      transport: async (request) => {
        const answer = await this.transport(process.name)(request);
        await this.befall(process, 'wait');
        return answer;
      },
      now: this.now,
      random: () => this.dice.share(),
      newId: () => String(++this.ids).padStart(8, '0'),
      pause: (milliseconds) => this.pause(process, milliseconds),
      measure: () => {},
    };
  }

  private itemsOf(process: Process): Items {
    const weather: Weather = {
      before: async (operation) => {
        await this.befall(process, 'wait');
        const { readFails, writeFails } = this.chances;
        if (this.dice.chance(operation === 'read' ? readFails : writeFails))
          throw new Error('The table did not answer.');
      },
      after: async (operation) => {
        if (operation === 'write') await this.befall(process, 'go on');
        if (operation === 'write' && this.dice.chance(this.chances.writeMadeButFails))
          throw new Error('The table did not answer in time.');
      },
    };
    return this.plant(this.items.in(weather));
  }

  private senderOf(process: Process, queue: Sender): Sender {
    return {
      send: async (bodies, delaySeconds) => {
        await this.befall(process, 'wait');
        if (this.dice.chance(this.chances.writeFails)) throw new Error('The queue did not answer.');
        await queue.send(bodies, delaySeconds);
        await this.befall(process, 'go on');
        if (this.dice.chance(this.chances.writeMadeButFails)) throw new Error('The queue did not answer in time.');
      },
    };
  }

  /** Between any two things a process does, others may come in between, and it may be gone. */
  private async befall(process: Process, how: 'wait' | 'go on'): Promise<void> {
    const { crash, wait, longestWaitMs } = this.chances;
    if (!process.gone && this.dice.chance(crash)) this.end(process, 'crashes');
    if (!process.gone && how === 'wait' && this.dice.chance(wait))
      await this.scheduler.pause(this.dice.whole(0, longestWaitMs));
    if (!process.gone && this.scheduler.now > process.endsAt) this.end(process, 'is out of time');
    if (process.gone) await never;
  }

  private async pause(process: Process, milliseconds: number): Promise<void> {
    const { longestWaitMs, wait } = this.chances;
    const more = this.dice.chance(wait) ? this.dice.whole(0, 20 * longestWaitMs) : 0;
    await this.scheduler.pause(milliseconds + more);
    await this.befall(process, 'go on');
  }

  private end(process: Process, why: string): void {
    process.gone = true;
    this.trace(`${process.name} ${why}`);
    this.scheduler.after(0, process.onGone);
  }

  private async consume(name: string, seconds: number, work: (process: Process) => Promise<void>): Promise<Consumed> {
    const outcome = await this.begin(name, seconds, work);
    return 'value' in outcome ? 'done' : outcome.ended;
  }

  private async call<T>(name: string, seconds: number, work: (process: Process) => Promise<T>): Promise<Called<T>> {
    const outcome = await this.begin(name, seconds, work);
    if (!('value' in outcome) || this.dice.chance(this.chances.answerLost)) return { lost: true };
    return { answer: outcome.value };
  }

  private begin<T>(
    name: string,
    seconds: number,
    work: (process: Process) => Promise<T>,
  ): Promise<{ value: T } | { ended: 'failed' | 'died' }> {
    return new Promise((resolve) => {
      const endsAt = this.scheduler.now + seconds * 1000;
      const process: Process = { name, gone: false, endsAt, onGone: () => resolve({ ended: 'died' }) };
      this.trace(`${name}`);
      work(process).then(
        (value) => resolve({ value }),
        (fault: unknown) => {
          this.trace(`${name} fails: ${String(fault)}`);
          this.faults.push(...unexpected(fault));
          resolve({ ended: 'failed' });
        },
      );
    });
  }

  /** The stream of the table of messages, and what is due in the indexes. */
  private note(
    table: string,
    item: { readonly [name: string]: unknown } | undefined,
    { pk, sk }: { pk: string; sk: string },
  ): void {
    this.writes += 1;
    const name = `${table} ${pk} ${sk}`;
    if (item?.due === undefined) this.due.delete(name);
    else {
      this.due.set(name, String(item.dueAt));
      this.planSweep();
    }
    if (table !== tables.messages || item === undefined) return;
    if (this.changed.push(item) === 1) this.scheduler.after(this.dice.whole(0, 500), () => this.stream());
  }

  private stream(): void {
    const batch = this.changed;
    this.changed = [];
    const tries = (n: number): void => {
      if (this.dice.chance(this.chances.lose)) return;
      void this.begin('hand on', 30, (p) => handOn(this.wire(p), batch)).then((outcome) => {
        const again = !('value' in outcome) || this.dice.chance(this.chances.duplicate);
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
    void Promise.all([
      this.begin('sweep messages', 60, (p) => sweepMessages(this.wire(p))),
      this.begin('sweep settlements', 60, (p) => sweepSettlements(this.settlement(p))),
    ]).then(() => {
      this.sweepAt = undefined;
      this.sweepsInVain = this.writes === writes ? this.sweepsInVain + 1 : 0;
      this.planSweep();
    });
  }
}

const calm: Process = { name: 'calm', gone: false, endsAt: Number.POSITIVE_INFINITY, onGone: () => {} };
/** What is not the world's doing. */
function unexpected(fault: unknown): unknown[] {
  if (fault instanceof AggregateError) return fault.errors.flatMap(unexpected);
  if (!(fault instanceof Error)) return [fault];
  if (fault.cause !== undefined) return unexpected(fault.cause);
  return /did not answer|kept changing/.test(fault.message) ? [] : [fault];
}

const never = new Promise<never>(() => {});

/** Seals nothing, and opens for the same context only. */
const trivialSealer: Sealer = {
  async seal(plain, context) {
    return Buffer.concat([Buffer.from(`${nameOf(context)}\n`), Buffer.from(plain as string)]);
  },
  async open(sealed, context) {
    const bytes = Buffer.from(sealed);
    const end = bytes.indexOf(10);
    if (bytes.subarray(0, end).toString() !== nameOf(context)) throw new Error('Sealed for another context.');
    return bytes.subarray(end + 1);
  },
};
const nameOf = (context: SealContext): string => JSON.stringify(context);
