import type { Clock } from './ports.ts';

/** What `read` has read, for so long; read once for all who ask meanwhile. A read that failed is not kept. */
export function kept<Value>(read: () => Promise<Value>, milliseconds: number, now: Clock): () => Promise<Value> {
  let value: Promise<Value> | undefined;
  let until = 0;
  return () => {
    const at = now().getTime();
    if (value !== undefined && at < until) return value;
    until = at + milliseconds;
    const reading = read();
    value = reading;
    reading.catch(() => {
      if (value === reading) value = undefined;
    });
    return reading;
  };
}
