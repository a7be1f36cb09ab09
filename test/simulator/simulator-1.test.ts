import { expect, it } from 'vitest';
import { mustBeSeen, playSeeds } from './seeds.ts';

it('settles right under every fault, seeds 1 to 5000', { timeout: 240_000 }, async () => {
  const seen = await playSeeds(1, 5000);
  for (const what of mustBeSeen) expect(seen[what], what).toBeGreaterThan(0);
});
