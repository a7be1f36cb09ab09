/** Seconds per step, added up. */
export type Stopwatch = {
  readonly seconds: Record<string, number>;
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
};

/** @param clock seconds, only running forward. */
export function stopwatch(clock: () => number): Stopwatch {
  const seconds: Record<string, number> = {};
  return {
    seconds,
    async step(name, work) {
      const start = clock();
      try {
        return await work();
      } finally {
        seconds[name] = (seconds[name] ?? 0) + clock() - start;
      }
    },
  };
}
