import { createHash, generateKeyPairSync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Items } from '../../../functions/runtime/items.ts';
import { localKeyring, sealerOf } from '../../../functions/runtime/sealed.ts';
import { checkSeal, recordLines } from '../../../functions/settlement/seal/day-seal.ts';
import { merkleRoot } from '../../../functions/settlement/seal/merkle.ts';
import { recordsOf, type SealDependencies, sealDay } from '../../../functions/settlement/seal/seal-day.ts';
import {
  ledgerOf,
  publicSealKey,
  readSeal,
  sealingKey,
  sealKeys,
} from '../../../functions/settlement/seal/seal-store.ts';
import { Run } from '../../../schemas/run.ts';
import { Counter, tables } from '../counter.ts';
import { wireBill } from '../wire-bill.ts';

const day = '2024-06-03';

describe('the Merkle root', () => {
  // The vectors of RFC 6962 as Certificate Transparency publishes them.
  const leaves = ['', '00', '10', '2021', '3031', '40414243'].map((hex) => Buffer.from(hex, 'hex').toString('latin1'));
  test.each([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
    [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    [6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ])('of %i leaves is that of RFC 6962', (count, root) => {
    expect(merkleRoot(leaves.slice(0, count))).toBe(root);
  });

  test('changes with any record that is changed, left out, added or moved', () => {
    const records = fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(records, fc.nat(), fc.string(), (lines, at, other) => {
        const n = at % lines.length;
        const root = merkleRoot(lines);
        if (other !== lines[n]) expect(merkleRoot(lines.with(n, other))).not.toBe(root);
        expect(merkleRoot(lines.toSpliced(n, 1))).not.toBe(root);
        expect(merkleRoot([...lines, other])).not.toBe(root);
        expect(merkleRoot([...lines.slice(1), lines[0]!])).not.toBe(root);
      }),
    );
  });
});

test('an auditor who holds the public key sees that a day is as it was sealed', async () => {
  const { hub, seal, lines, publicKey } = await sealedDay();
  expect(lines.length).toBeGreaterThan(3);
  expect(checkSeal(day, seal, publicKey, lines)).toEqual([]);
  expect(merkleRoot(recordLines(await recordsOf(hub, day)))).toBe(JSON.parse(seal.text).root);
});

test('an auditor sees every tampering with records, seal, key or chain', async () => {
  const { seal, lines, publicKey } = await sealedDay();
  const tampered = lines.with(0, lines[0]!.replace(/"amount_fen":\d/, '"amount_fen":9'));
  expect(tampered).not.toEqual(lines);
  expect(checkSeal(day, seal, publicKey, tampered)).toEqual(['other-records']);
  expect(checkSeal(day, seal, publicKey, lines.slice(1))).toEqual(['other-records']);
  expect(checkSeal('2024-06-04', seal, publicKey, lines)).toEqual(['other-day']);
  const text = seal.text.replace(/"ledger":\d/, '"ledger":0');
  expect(text).not.toBe(seal.text);
  expect(checkSeal(day, { ...seal, text }, publicKey, lines)).toEqual(['bad-signature']);
  const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
  expect(checkSeal(day, seal, other, lines)).toEqual(['bad-signature']);
  expect(checkSeal(day, seal, publicKey, lines, { ...seal, text: '{}' })).toEqual(['other-previous']);
});

test('the bills of a day are read side by side, and never all at once', async () => {
  const { counter } = await sealedDay();
  const many = Array.from({ length: 100 }, (_, n) => `M${n}`);
  for (const setl_id of many) await counter.answer(wireBill({ setl_id }));
  let [now, most] = [0, 0];
  const query: Items['query'] = async (...of) => {
    most = Math.max(most, ++now);
    await setImmediate();
    now -= 1;
    return counter.items.query(...of);
  };
  const entries = await ledgerOf({ ...counter.items, query }, tables.settlements, day);
  expect(new Set(entries.map(({ setl_id }) => setl_id)).size).toBeGreaterThan(100);
  expect(most).toBeGreaterThan(10);
  expect(most).toBeLessThan(50);
});

test('a change of the tables after the sealing shows', async () => {
  const { hub, counter, seal } = await sealedDay();
  const entry = counter.items.all(tables.settlements).find(({ sk }) => sk.startsWith('entry#'))!;
  await counter.items.write([{ table: tables.settlements, put: { ...entry, amount_fen: 1 } }]);
  expect(merkleRoot(recordLines(await recordsOf(hub, day)))).not.toBe(JSON.parse(seal.text).root);
});

test('accesses, and runs that ended on the day, are sealed with the ledger: one that is left out or changed shows', async () => {
  const { hub, seal, lines, publicKey } = await sealedDay();
  expect(JSON.parse(seal.text).counts).toMatchObject({ audit: 1, runs: 1 });
  expect(lines.filter((line) => line.startsWith('["runs"') && line.includes('of-the-day'))).toHaveLength(1);
  for (const kind of ['audit', 'runs']) {
    const without = lines.filter((line) => !line.startsWith(`["${kind}"`));
    expect(checkSeal(day, seal, publicKey, without)).toEqual(['other-records']);
  }
  const { root } = JSON.parse(seal.text);
  for (const changed of [
    { ...hub, runs: async () => [] },
    { ...hub, auditOf: async () => [] },
  ])
    expect(merkleRoot(recordLines(await recordsOf(changed, day)))).not.toBe(root);
});

test('a day is sealed once, and the next seal names it', async () => {
  const { hub, objects, seal } = await sealedDay();
  await sealDay({ ...hub, now: () => new Date('2030-01-01T00:00:00Z') }, day);
  expect(await readSeal(hub.bucket, day)).toEqual(seal);
  await sealDay(hub, '2024-06-04');
  const next = await readSeal(hub.bucket, '2024-06-04');
  expect(JSON.parse(next!.text).previous).toBe(createHash('sha256').update(seal.text).digest('hex'));
  expect([...objects.keys()]).toHaveLength(4);
});

test('the hub has one key to seal with, though two looked for it before there was one', async () => {
  const { hub, publicKey } = await sealedDay();
  const { items, table, sealer } = hub;
  const kept = await sealingKey(items, table, sealer);
  let looked = 0;
  const early: Items = { ...items, get: async (...of) => (looked++ === 0 ? undefined : items.get(...of)) };
  expect(await sealingKey(early, table, sealer)).toBe(kept);
  expect(await publicSealKey(items, table)).toBe(publicKey);
});

test('a day that was not sealed to the end is sealed as of when it was begun', async () => {
  const { hub, objects, seal } = await sealedDay();
  objects.clear();
  await sealDay({ ...hub, now: () => new Date('2024-06-05T00:30:00Z') }, day);
  expect(await readSeal(hub.bucket, day)).toEqual(seal);
});

test('no seal is there before its records are', async () => {
  const { hub, objects } = await sealedDay();
  objects.clear();
  const bucket = {
    ...hub.bucket,
    write: async (key: string) => {
      if (key === sealKeys.records(day)) throw new Error('crash');
    },
  };
  await expect(sealDay({ ...hub, bucket }, day)).rejects.toThrow('crash');
  expect(objects.size).toBe(0);
});

const run = (runId: string, endedAt?: string) =>
  Run.parse({
    ...{ runId, requestId: runId, state: endedAt === undefined ? 'running' : 'completed', asOf: day, year: '2024' },
    ...{ sequence: 1, order: '1', changesCases: true, startedAt: `${day}T01:00:00.000Z` },
    ...{
      deadlineAt: `${day}T02:00:00.000Z`,
      progressAt: `${day}T01:00:00.000Z`,
      preludeDone: true,
      tasks: [],
      done: [],
    },
    ...(endedAt === undefined ? {} : { endedAt }),
  });

async function sealedDay() {
  const counter = new Counter();
  await counter.answer();
  await counter.answer(wireBill({ setl_id: 'S2' }));
  const objects = new Map<string, string>();
  const entry = { at: `${day}T03:00:00.000Z`, client: 'operator', act: 'GET', about: {}, requestId: 'r', status: 200 };
  const hub: SealDependencies = {
    items: counter.items,
    table: tables.settlements,
    auditOf: async (of) => (of === day ? [entry] : []),
    runs: async () => [
      run('of-the-day', `${day}T15:59:59.000Z`),
      run('of-the-next', `${day}T16:00:00.000Z`),
      run('still-running'),
    ],
    bucket: {
      read: async (key) => (objects.has(key) ? Buffer.from(objects.get(key)!) : undefined),
      write: async (key, body) => {
        objects.set(key, body);
      },
    },
    sealer: sealerOf(localKeyring(new Uint8Array(32).fill(9))),
    now: () => new Date('2024-06-04T16:30:00Z'),
  };
  await sealDay(hub, day);
  const seal = (await readSeal(hub.bucket, day))!;
  const publicKey = (await publicSealKey(hub.items, tables.settlements))!;
  return { hub, counter, objects, seal, publicKey, lines: objects.get(sealKeys.records(day))!.split('\n') };
}
