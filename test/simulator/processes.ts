import type { Items } from '../../functions/runtime/items.ts';
import type { Sender } from '../../functions/runtime/ports.ts';
import type { SealBucket } from '../../functions/settlement/seal/seal-store.ts';
import type { Dice } from '../../infra/county/dice.ts';
import type { Chances } from './chances.ts';
import type { MemoryItems, Weather } from './memory-items.ts';
import type { Scheduler } from './scheduler.ts';

/** One run of a function: it can be gone at any moment, and then none of its operations ever comes back. */
export type Process = {
  readonly name: string;
  readonly endsAt: number;
  readonly isSlow: boolean;
  gone: boolean;
  onGone(): void;
};

/** For acts that nothing befalls. */
export const calm: Process = {
  name: 'calm',
  gone: false,
  isSlow: false,
  endsAt: Number.POSITIVE_INFINITY,
  onGone: () => {},
};

export type Ended<T> = { readonly value: T } | { readonly ended: 'failed' | 'died' };

/** How long an operation of a slow process takes at most, and how long a transaction holds its items. */
const slowMs = 6000;
const heldMs = 40;
/** How long a read of several items takes at most, and how far indexes are behind. */
const amidMs = 60;
export const lagMs = 3000;
const lookMs = 20;

/** Short-lived processes, what befalls each of their operations, and what was a fault of their own. */
export class Processes {
  chances: Chances;
  /** Faults that are not the world's doing. */
  readonly faults: unknown[] = [];
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly trace: (line: string) => void;

  constructor(scheduler: Scheduler, dice: Dice, chances: Chances, trace: (line: string) => void) {
    this.scheduler = scheduler;
    this.dice = dice;
    this.chances = chances;
    this.trace = trace;
  }

  begin<T>(name: string, seconds: number, work: (process: Process) => Promise<T>): Promise<Ended<T>> {
    const isSlow = this.chances.slow > 0 && this.dice.chance(this.chances.slow);
    return new Promise((resolve) => {
      const endsAt = this.scheduler.now + seconds * 1000;
      const process: Process = { name, isSlow, gone: false, endsAt, onGone: () => resolve({ ended: 'died' }) };
      this.trace(name);
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

  /** Between any two things a process does, others may come in between, and it may be gone. Mostly nothing happens. */
  befall(process: Process, how: 'wait' | 'go on'): Promise<void> {
    const { crash, wait, longestWaitMs } = this.chances;
    const { dice } = this;
    if (!process.gone && dice.chance(crash)) this.end(process, 'crashes');
    if (!process.gone && how === 'wait') {
      if (process.isSlow) return this.delay(process, dice.whole(0, slowMs));
      if (dice.chance(wait)) return this.delay(process, dice.whole(0, longestWaitMs));
    }
    return this.isOver(process) ? never() : nothing;
  }

  async pause(process: Process, milliseconds: number): Promise<void> {
    const { longestWaitMs, wait } = this.chances;
    const more = this.dice.chance(wait) ? this.dice.whole(0, 20 * longestWaitMs) : 0;
    await this.scheduler.pause(milliseconds + more);
    await this.befall(process, 'go on');
  }

  itemsOf(process: Process, items: MemoryItems): Items {
    const made = async (): Promise<void> => {
      await this.befall(process, 'go on');
      if (this.dice.chance(this.chances.writeMadeButFails)) throw new Error('The table did not answer in time.');
    };
    const weather: Weather = {
      before: async (operation) => {
        await this.befall(process, 'wait');
        const { readFails, writeFails, lag } = this.chances;
        // Whoever looks again and again must come to see what the index did not show at first.
        if (operation === 'look' && lag > 0) await this.scheduler.pause(lookMs);
        if (this.dice.chance(operation === 'write' ? writeFails : readFails))
          throw new Error('The table did not answer.');
      },
      after: (operation) => (operation === 'write' ? made() : nothing),
      amid: () => (this.happens('amid') ? this.scheduler.pause(this.dice.whole(0, amidMs)) : undefined),
      transactions: {
        holds:
          this.chances.conflict === 0
            ? undefined
            : () =>
                this.dice.chance(this.chances.conflict) ? this.scheduler.pause(this.dice.whole(1, heldMs)) : undefined,
        pause: (milliseconds) => this.pause(process, milliseconds),
        random: () => this.dice.share(),
      },
      lies: () => {
        const lies = this.chances.lie > 0 && this.dice.chance(this.chances.lie);
        if (lies) this.trace(`${process.name}: a write is lost`);
        return lies;
      },
    };
    return items.in(weather);
  }

  /** No throw of the dice for what never happens in a world. */
  happens(what: 'amid' | 'lag'): boolean {
    return this.chances[what] > 0 && this.dice.chance(this.chances[what]);
  }

  bucketOf(process: Process, { read, write }: SealBucket): SealBucket {
    return {
      read: async (key) => {
        await this.befall(process, 'wait');
        if (this.dice.chance(this.chances.readFails)) throw new Error('The bucket did not answer.');
        return read(key);
      },
      write: async (key, body, contentType) => {
        await this.befall(process, 'wait');
        if (this.dice.chance(this.chances.writeFails)) throw new Error('The bucket did not answer.');
        await write(key, body, contentType);
        await this.befall(process, 'go on');
        if (this.dice.chance(this.chances.writeMadeButFails)) throw new Error('The bucket did not answer in time.');
      },
    };
  }

  senderOf(process: Process, queue: Sender): Sender {
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

  private async delay(process: Process, milliseconds: number): Promise<void> {
    await this.scheduler.pause(milliseconds);
    if (this.isOver(process)) await never();
  }

  private isOver(process: Process): boolean {
    if (!process.gone && this.scheduler.now > process.endsAt) this.end(process, 'is out of time');
    return process.gone;
  }

  private end(process: Process, why: string): void {
    process.gone = true;
    this.trace(`${process.name} ${why}`);
    this.scheduler.after(0, () => process.onGone());
  }
}

/** What is not the world's doing. */
function unexpected(fault: unknown): unknown[] {
  if (fault instanceof AggregateError) return fault.errors.flatMap(unexpected);
  if (!(fault instanceof Error)) return [fault];
  if (fault.cause !== undefined) return unexpected(fault.cause);
  return /did not answer|kept changing|TransactionConflict/.test(fault.message) ? [] : [fault];
}

/** Each its own: what waits for one and the same is kept as long as that is. */
const never = (): Promise<never> => new Promise(() => {});
const nothing = Promise.resolve();
