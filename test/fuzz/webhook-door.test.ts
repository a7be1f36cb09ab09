import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { readIncoming } from '../../functions/insurers/inbox.ts';
import { messageKey } from '../../functions/insurers/messages-table.ts';
import { receive } from '../../functions/insurers/receive.ts';
import { type SignedHeaders, sign } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { IncomingMessage, maxIncomingBytes } from '../../schemas/messages.ts';
import { claim, world as newWorld, type World } from '../insurers/world.ts';
import { damaged, distorted } from './distorted-json.ts';

const right = JSON.parse(claim()) as { data: Record<string, unknown> };
/** The same, with something changed inside of `data`. */
const distortedData = distorted(right.data).map((data) =>
  Buffer.from(JSON.stringify(right).replace(JSON.stringify(right.data), () => Buffer.from(data).toString('utf8'))),
);

let world: World;
let insurer: Awaited<ReturnType<World['insurer']>>;
let messages = 0;
/** Items written or deleted in any table. */
let changes = 0;

beforeEach(async () => {
  world = await newWorld();
  insurer = await world.insurer();
  changes = 0;
  world.items.onChange(() => void changes++);
});

describe('the door of webhooks', () => {
  it.each([
    ['with members changed', distorted(right)],
    ['with members of their data changed', distortedData],
    ['of any bytes', damaged(right)],
  ])('takes of well-signed messages %s only what is one', async (_, arbitrary) => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(arbitrary, async (bytes) => {
        const id = `m${++messages}`;
        const before = changes;
        const { status, body } = await world.post(insurer, id, bytes);
        if (bytes.length > maxIncomingBytes) {
          expect(status).toBe(413);
          expect(changes).toBe(before);
          return;
        }
        statuses.add(status);
        expect([202, 400]).toContain(status);
        const state = await readIncoming(world.items, 'messages', world.wire.sealer, insurer.id, id);
        // The message and its body, and nothing else anywhere.
        expect(changes - before).toBe(2);
        const own = world.items.all('messages', messageKey('in', insurer.id, id).pk);
        const isDue = own.some((item) => item.due !== undefined);
        if (status === 400) {
          // Kept for the operator, and nobody is told.
          expect(body).toMatchObject({ code: 'wrong-content', id });
          expect(body.issues).not.toHaveLength(0);
          expect(state?.state).toBe('refused');
          expect(isDue).toBe(false);
        } else {
          expect(IncomingMessage.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).success).toBe(true);
          expect(state?.state).toBe('received');
          expect(isDue).toBe(true);
        }
      }),
      { numRuns: 250 },
    );
    expect(statuses).toEqual(new Set([202, 400]));
  });

  it('lets nothing in by headers that are not right, and says the same to all', async () => {
    const strange = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('v1,', 'v1, ,', 'v1,AAAA v1,BBBB', '1700000000'),
    );
    const headers: fc.Arbitrary<Partial<SignedHeaders>> = fc.record(
      { id: strange, timestamp: strange, signature: strange },
      { requiredKeys: [] },
    );
    const answers = new Set<string>();
    await fc.assert(
      fc.asyncProperty(headers, fc.boolean(), async (given, keepRest) => {
        const bytes = Buffer.from(JSON.stringify(right));
        const signed = sign(insurer.own, 'never', world.at(), bytes)!;
        const all = keepRest ? { ...signed, ...given } : given;
        fc.pre(all.signature !== signed.signature || all.id !== signed.id || all.timestamp !== signed.timestamp);
        const { status, body } = await receive(world.wire, {
          insurer: insurer.id,
          headers: all,
          body: bytes,
          channel: 'https',
        });
        answers.add(JSON.stringify([status, body]));
        expect(changes).toBe(0);
      }),
      { numRuns: 400 },
    );
    expect(answers.size).toBe(1);
  });

  it('finds every changed byte of a signed message', async () => {
    const bytes = Buffer.from(JSON.stringify(right));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ by;
        const { status } = await world.post(insurer, 'changed', changed, { signedBody: bytes });
        expect(status).toBe(401);
        expect(changes).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
