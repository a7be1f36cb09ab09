/**
 * The clock of the functions of one hub. It goes as this machine's does until somebody moves it on: demonstrations and
 * tests close a day, or let three days pass, without waiting for them. Threads share it.
 */
export type HubClock = {
  now(): Date;
  /** @throws for an instant that is already past: time goes one way. */
  moveTo(instant: Date): void;
  /** Milliseconds that it is ahead of this machine's, for the threads. */
  readonly shared: SharedArrayBuffer;
};

export function hubClock(): HubClock {
  const shared = new SharedArrayBuffer(8);
  const ahead = new BigInt64Array(shared);
  const now = () => new Date(Date.now() + Number(Atomics.load(ahead, 0)));
  return {
    now,
    shared,
    moveTo(instant) {
      const by = instant.getTime() - now().getTime();
      if (by < 0) throw new Error('The clock of a hub cannot be moved back.');
      Atomics.add(ahead, 0, BigInt(by));
    },
  };
}

/** From now on `Date` in this thread tells the time of the hub's clock. */
export function followClock(shared: SharedArrayBuffer): void {
  const ahead = new BigInt64Array(shared);
  const MachineDate = Date;
  const now = () => MachineDate.now() + Number(Atomics.load(ahead, 0));
  globalThis.Date = new Proxy(MachineDate, {
    construct: (_, given, target) => Reflect.construct(MachineDate, given.length === 0 ? [now()] : given, target),
    apply: () => new MachineDate(now()).toString(),
    get: (_, name) => (name === 'now' ? now : Reflect.get(MachineDate, name)),
  });
}
