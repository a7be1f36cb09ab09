import { describe, expect, test } from 'vitest';
import { pinFeeds, planRules } from '../../functions/crosscheck/plan.ts';
import type { Rule } from '../../functions/crosscheck/rule.ts';
import { feeds } from '../../schemas/feeds/register.ts';
import { Settings } from '../../schemas/settings.ts';
import type { Snapshot } from '../../schemas/snapshot.ts';

const asOf = '2022-06-30';

describe('a rule', () => {
  test('is evaluated when all feeds it needs are on the last day of their limits', () => {
    expect(planned(['enrolment', 'population'], { enrolment: '2022-06-23', population: '2022-03-22' })).toMatchObject([
      { evaluated: true, notRun: [], proof: ['enrolment:enrolment-1', 'population:population-1'] },
    ]);
  });

  test('is not run a day later, and says which feed is how old', () => {
    const [rule] = planned(['enrolment', 'population'], { enrolment: '2022-06-22', population: '2022-03-21' });
    expect(rule).toMatchObject({
      evaluated: false,
      notRun: [
        { code: 'stale', feed: 'enrolment', text: { en: 'not run: enrolment is 8 days old, its limit is 7' } },
        { code: 'stale', feed: 'population', text: { zh: '未执行：公安人口数据已过101天，期限100天' } },
      ],
    });
  });

  test('is not run when a feed it needs was never accepted', () => {
    expect(planned(['death-police'], {})).toMatchObject([
      { evaluated: false, notRun: [{ code: 'missing', text: { en: 'not run: death-police is missing' } }], proof: [] },
    ]);
  });

  test('does not wait for a feed that the area does not use, but for one that it does', () => {
    expect(planned(['population', 'birth'], { population: asOf })).toMatchObject([{ evaluated: true }]);
    expect(planned(['population', 'birth'], { population: asOf }, { feeds: { birth: { inUse: true } } })).toMatchObject(
      [{ evaluated: false, notRun: [{ feed: 'birth' }] }],
    );
    const without = { feeds: { population: { inUse: false } } };
    expect(planned(['population'], { population: '2020-01-01' }, without)).toMatchObject([
      { evaluated: true, proof: [] },
    ]);
  });

  test('whose causes need different feeds is evaluated for those that can be', () => {
    const needs = {
      'two-subsidies': ['premium-payment', 'hardship'],
      'employee-member': ['premium-payment', 'enrolment'],
    };
    expect(planned(needs, { 'premium-payment': asOf, enrolment: asOf })).toMatchObject([
      { cause: 'two-subsidies', evaluated: false, notRun: [{ feed: 'hardship' }] },
      { cause: 'employee-member', evaluated: true },
    ]);
  });

  test('goes by the limits that the area has set', () => {
    const settings = { feeds: { enrolment: { freshnessDays: 30 } } };
    expect(planned(['enrolment'], { enrolment: '2022-05-31' }, settings)).toMatchObject([{ evaluated: true }]);
  });
});

test('a snapshot that tells about a day after the as-of date is never read', () => {
  expect(() => planned(['enrolment'], { enrolment: '2022-07-01' })).toThrow('newer than 2022-06-30');
});

function planned(needs: Rule['needs'], dates: Readonly<Record<string, string>>, given: object = {}) {
  const snapshots = new Map(Object.entries(dates).map(([feed, dataAsOf]) => [feed, snapshot(feed, dataAsOf)]));
  const pinned = pinFeeds(feeds, snapshots, Settings.parse(given), asOf);
  return planRules([{ code: 'XC-101', family: 'not-covered', needs } as Rule], pinned, () => '1');
}

const snapshot = (feed: string, dataAsOf: string): Snapshot => ({
  feed,
  snapshotId: `${feed}-1`,
  deliveryId: '1',
  mode: 'full',
  dataAsOf,
  declared: true,
  sequence: 1,
  fullSequence: 1,
  rows: 1,
  keptRows: 0,
  files: [{ range: '0000-ffff', rows: 1, bytes: 1, digest: '0'.repeat(64) }],
  counts: {},
  acceptedAt: '2022-06-30T00:00:00.000Z',
});
