import { expect, it } from 'vitest';
import { mustBeSeen, playSeeds } from './seeds.ts';

it('settles right under every fault, seeds 5001 to 10000', { timeout: 240_000 }, async () => {
  const seen = await playSeeds(5001, 5000);
  for (const what of mustBeSeen) expect(seen[what], what).toBeGreaterThan(0);
});
