import { setImmediate } from 'node:timers/promises';

/** Virtual time: nothing waits for real, what is next happens at once. The same events come in the same order. */
export class Scheduler {
  /** Milliseconds since the beginning. */
  now = 0;
  steps = 0;
  private readonly heap: { at: number; order: number; run: () => void }[] = [];
  private orders = 0;

  after(milliseconds: number, run: () => void): void {
    const event = { at: this.now + Math.max(0, milliseconds), order: this.orders++, run };
    const { heap } = this;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Lets everything happen until nothing is planned any more. @param look After every step. */
  async run(look: () => void, mostSteps: number): Promise<void> {
    for (;;) {
      let next = this.next();
      if (next === undefined) {
        // What has only just begun may still plan something.
        await setImmediate();
        next = this.next();
      }
      if (next === undefined) return;
      if (++this.steps > mostSteps) throw new Error(`It does not end: ${mostSteps} steps.`);
      this.now = Math.max(this.now, next.at);
      next.run();
      await allGoneOn();
      look();
    }
  }

  private next(): { at: number; run: () => void } | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (one: { at: number; order: number }, other: { at: number; order: number }): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/**
 * Until every promise that could go on has gone on: Node looks at its next ticks only when no promise is left that could.
 * Nothing in here waits for anything else, so a turn of the event loop after each step would find nothing more.
 */
const allGoneOn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
