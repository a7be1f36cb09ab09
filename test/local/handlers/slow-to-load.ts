import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';

// The first worker is loaded at once. Of those after it, each takes its time, or dies while it loads.
const { LOADED_BEFORE = '', OTHERS } = process.env;
if (existsSync(LOADED_BEFORE)) {
  await sleep(1500);
  if (OTHERS === 'die') process.exit(1);
} else writeFileSync(LOADED_BEFORE, '');

export async function handler({ ms = 0 }: { ms?: number }): Promise<object> {
  await sleep(ms);
  return { threadId };
}
