import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deliver } from '../../infra/cli/check.ts';
import { type RunningHub, startEmbedded } from '../../infra/cli/embedded.ts';
import type { Push } from '../../infra/cli/exchange.ts';
import { certno } from './settlement-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-push-'));
const maxCompressedBytes = 2000;
let embedded: RunningHub;
let day = 0;
/** Every test has a date of its own: the same sequence again is another key. */
let dataAsOf: string;
let sequence: number;

beforeAll(async () => {
  embedded = await startEmbedded({ schedules: false });
  await embedded.client.put('/settings', { intake: { limits: { maxCompressedBytes } } });
}, 120_000);
afterAll(async () => {
  await embedded?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  day += 1;
  sequence = day;
  dataAsOf = `2022-06-0${day}`;
});

/** Pushes a list as `canbao push` does, under one key however often; what the caller is told. */
async function pushed(numbers: readonly string[], manifest?: object, by = 'one') {
  const path = join(mkdtempSync(join(folder, by)), 'hardship.csv');
  const rows = numbers.map((number) => `${number},甲乙,低保对象,2022-01-01`);
  writeFileSync(path, `${['证件号码,姓名,身份类别,认定日期', ...rows].join('\r\n')}\r\n`);
  const manifestPath = `${path}.manifest.json`;
  if (manifest !== undefined) writeFileSync(manifestPath, JSON.stringify(manifest));
  const file: Push = { feed: 'hardship', path, mode: 'full', dataAsOf, countsAsOf: dataAsOf, sequence };
  const [view] = await deliver(embedded.client, [manifest === undefined ? file : { ...file, manifestPath }], true);
  const { deliveryId, state, counts, reasons = [], receivedAt } = view!;
  return { deliveryId, receivedAt, state, rows: counts?.read, why: reasons.map(({ code }) => code) };
}
const bad = '500299198001010010';
const good = [certno(1), certno(2)];
const tooMany = Array.from({ length: 60 }, (_, n) => certno(n));

describe('who pushes a file is told what became of that very upload', () => {
  it('of a mended file under the key of a refused one: that it was accepted', async () => {
    const first = await pushed([bad]);
    expect(first).toMatchObject({ state: 'refused', rows: 1 });
    const second = await pushed(good);
    expect(second).toMatchObject({ state: 'accepted', rows: 2 });
    expect(second.deliveryId).not.toBe(first.deliveryId);
  });

  it('of a wrong file under the key of an accepted one: that it was refused, and of the accepted one again: the old', async () => {
    const first = await pushed(good);
    expect(first).toMatchObject({ state: 'accepted', rows: 2 });
    expect(await pushed([bad])).toMatchObject({ state: 'refused' });
    expect(await pushed(good)).toEqual(first);
  });

  it('of the same bytes with a mended manifest: what the second look came to', async () => {
    const first = await pushed(good, { rowCount: 3 });
    expect(first).toMatchObject({ state: 'refused', why: ['count-differs'] });
    const second = await pushed(good, { rowCount: 2 });
    expect(second).toMatchObject({ state: 'accepted', rows: 2, deliveryId: first.deliveryId });
  });

  it('of the same bytes, refused as before: the refusal of this time', async () => {
    const first = await pushed([bad]);
    const second = await pushed([bad]);
    expect(second).toMatchObject({ state: 'refused', deliveryId: first.deliveryId });
    expect(second.receivedAt > first.receivedAt).toBe(true);
  });

  it('of two files under one key at the same instant: of each, and the other one is told what to do', async () => {
    // Which of them the hub reads is chance: neither may wait for ever.
    for (let round = 0; round < 5; round += 1) {
      sequence = 100 + round;
      const lists = [good.slice(0, 1), good];
      const told = await Promise.all(lists.map((list, n) => pushed(list, undefined, `person-${n}`)));
      expect(new Set(told.map(({ deliveryId }) => deliveryId)).size).toBe(2);
      const refused = told.filter(({ state }) => state === 'refused');
      expect(refused).toHaveLength(1);
      expect(['overwritten', 'sequence-taken']).toContain(refused[0]?.why[0]);
    }
  }, 60_000);

  it('of a file too large to be read, before and after one that fits', async () => {
    expect(await pushed(tooMany)).toMatchObject({ state: 'refused', why: ['too-large'] });
    expect(await pushed(good)).toMatchObject({ state: 'accepted' });
    expect(await pushed(tooMany)).toMatchObject({ state: 'refused', why: ['too-large'] });
  });
});
