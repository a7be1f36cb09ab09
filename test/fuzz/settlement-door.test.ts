import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptSettlement, previewSettlement } from '../../functions/settlement/accept.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { Counter } from '../settlement/counter.ts';
import { wireBill } from '../settlement/wire-bill.ts';
import { damaged, distorted } from './distorted-json.ts';

const right = wireBill();

/** Sends bytes to a hub of their own and says what came of it. */
async function send(bytes: Uint8Array) {
  const counter = new Counter();
  const answer = await acceptSettlement(counter.services, bytes);
  const written = ['settlements', 'policies', 'messages'].flatMap((table) => counter.items.all(table));
  return { counter, answer, written };
}

describe('the door of settlements', () => {
  it.each([
    ['bills with members changed', distorted(right)],
    ['reversals with members changed', distorted(wireBill({ reverses: 'S9' }))],
    ['bytes of any kind', damaged(right)],
  ])('answers %s with a code, and keeps nothing of what it refuses', async (_, arbitrary) => {
    let [taken, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(arbitrary, async (bytes) => {
        const { answer, written } = await send(bytes);
        if (isRefusal(answer) && answer.code !== 'settlement/sums-differ') {
          refused += 1;
          expect(answer.code).toMatch(/^settlement\/[a-z-]+$/);
          expect(written).toEqual([]);
          return;
        }
        taken += 1;
        // What is taken is a bill by the plainest reading of it.
        const bill = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
        for (const [name, value] of Object.entries(bill))
          if (/_pay$|_amt$|sumamt$/.test(name)) expect(value).toMatch(/^-?\d{1,14}(\.\d{1,2})?$/);
        expect(written.map(({ pk }) => pk)).toContain(bill.setl_id);
        expect(JSON.stringify(written)).not.toContain(String(bill.certno));
      }),
      { numRuns: 600 },
    );
    expect(taken).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });

  it('writes nothing for a preview, whatever it is asked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(distorted(right), damaged(right)), async (bytes) => {
        const counter = new Counter();
        await previewSettlement(counter.services, bytes);
        expect(['settlements', 'policies', 'messages'].flatMap((table) => counter.items.all(table))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what is too long before it reads it', async () => {
    const { answer, written } = await send(Buffer.from(JSON.stringify({ ...right, invoice_no: 'x'.repeat(70_000) })));
    expect(answer).toMatchObject({ code: 'settlement/too-large' });
    expect(written).toEqual([]);
  });
});
