import type { Sender } from '../../functions/runtime/ports.ts';

/** When a queue does what; the simulator turns its own time, the contract test the real one. */
export type QueueTime = { after(milliseconds: number, run: () => void): void };

export type QueueFaults = {
  /** Milliseconds from sending to delivery. */
  latencyMs(): number;
  /** Whether a message comes a second time, though it was consumed. */
  duplicates(): boolean;
  /** Whether a message is lost for good, as one is that failed too often and lies with the dead letters. */
  loses(): boolean;
};

export const faultlessQueue: QueueFaults = { latencyMs: () => 0, duplicates: () => false, loses: () => false };

/** What became of a delivery; `died`: its consumer was stopped and says nothing any more. */
export type Consumed = 'done' | 'failed' | 'died';

export type QueueTerms = { readonly visibilitySeconds: number; readonly mostDeliveries: number };

/**
 * A queue in memory: at least once, in no particular order, each message by itself. What fails comes again after 2, 8,
 * 18 … seconds, what was being consumed when its consumer died after the visibility timeout; what came too often is
 * given up. test/runtime/queues.test.ts holds it to the queues of the embedded hub.
 */
export function memoryQueue(
  time: QueueTime,
  terms: QueueTerms,
  consume: (body: unknown) => Promise<Consumed>,
  faults: QueueFaults = faultlessQueue,
): Sender & { readonly deadLetters: unknown[] } {
  const deadLetters: unknown[] = [];
  const deliver = async (text: string, deliveries: number): Promise<void> => {
    const consumed = await consume(JSON.parse(text));
    if (consumed === 'done') {
      if (faults.duplicates()) again(text, deliveries, faults.latencyMs());
    } else {
      const seconds = consumed === 'failed' ? Math.min(2 * deliveries ** 2, 900) : terms.visibilitySeconds;
      again(text, deliveries, seconds * 1000);
    }
  };
  const again = (text: string, deliveries: number, milliseconds: number): void => {
    if (deliveries >= terms.mostDeliveries) deadLetters.push(JSON.parse(text));
    else time.after(milliseconds, () => void deliver(text, deliveries + 1));
  };
  return {
    deadLetters,
    async send(bodies, delaySeconds = 0) {
      if (delaySeconds > 900 || !Number.isInteger(delaySeconds))
        throw new Error('A queue delays for 0 to 900 seconds.');
      for (const body of bodies) {
        const text = JSON.stringify(body);
        if (!faults.loses()) time.after(delaySeconds * 1000 + faults.latencyMs(), () => void deliver(text, 1));
      }
    },
  };
}
