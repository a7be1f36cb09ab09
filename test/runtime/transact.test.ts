import { setTimeout } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Write } from '../../functions/runtime/items.ts';
import { transact } from '../../functions/runtime/transact.ts';
import { memoryItems } from '../simulator/memory-items.ts';

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: codes.join(),
    CancellationReasons: codes.map((Code) => ({ Code })),
    $metadata: {},
  });

describe('a transaction', () => {
  it('that meets another one is tried again for a while, ever more slowly', async () => {
    const pauses: number[] = [];
    const pause = async (milliseconds: number) => void pauses.push(milliseconds);
    const conflict = () => Promise.reject(cancelled('None', 'TransactionConflict'));
    await expect(transact(conflict, pause, () => 0.5)).rejects.toThrow('TransactionConflict');
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 640]);
  });

  it('whose condition does not hold is not tried again, though it met another one as well', async () => {
    const both = () => Promise.reject(cancelled('TransactionConflict', 'ConditionalCheckFailed'));
    expect(
      await transact(
        both,
        () => Promise.reject(new Error('paused')),
        () => 0,
      ),
    ).toBe(false);
  });
});

describe('tables in memory', () => {
  const memory = memoryItems();
  const pauses: number[] = [];
  const items = memory.in({
    before: async () => {},
    after: async () => {},
    transactions: {
      holds: () => setTimeout(5),
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        await setTimeout(milliseconds);
      },
      random: Math.random,
    },
  });
  const key = { pk: 'p', sk: 's' };
  const both = (write: Write) => Promise.all([items.write([write]), items.write([write])]);

  it('cancel one of two transactions on one item, which is made when it is tried again', async () => {
    expect(await both({ table: 't', update: key, add: { n: 1 } })).toEqual([true, true]);
    expect(await memory.get('t', key)).toMatchObject({ n: 2 });
    expect(pauses.length).toBeGreaterThan(0);
  });

  it('let one of two win where only one can', async () => {
    const made = await both({ table: 't', put: { pk: 'p', sk: 'once' }, when: 'absent' });
    expect(made.toSorted()).toEqual([false, true]);
  });
});
