import { expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const seed = Number(process.env.SEED ?? 17);

it('plays the same world again from its seed, step by step', async () => {
  const first = await simulate(seed, { traced: true });
  const again = await simulate(seed, { traced: true });
  expect(again).toEqual(first);
  if (process.env.SEED !== undefined) console.info(first.trace.join('\n'));
  expect(first.violations).toEqual([]);
});
