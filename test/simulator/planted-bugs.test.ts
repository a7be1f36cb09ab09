import { describe, expect, it } from 'vitest';
import { plantedBugs } from './planted-bugs.ts';
import { simulate } from './simulate.ts';

const mostSeeds = 600;

describe('a condition that is taken away is found out', () => {
  it.for(Object.entries(plantedBugs))('%s', { timeout: 120_000 }, async ([, plant]) => {
    const found: string[] = [];
    for (let seed = 1; seed <= mostSeeds && found.length === 0; seed++)
      found.push(...(await simulate(seed, { plant })).violations);
    expect(found.length).toBeGreaterThan(0);
  });
});
