import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { handledWrite, readIncoming } from '../../functions/insurers/inbox.ts';
import { revokeKey, rotateKey } from '../../functions/insurers/insurer-keys.ts';
import { bodyKey, messageKey } from '../../functions/insurers/messages-table.ts';
import { changeInsurer, switchInsurer } from '../../functions/insurers/set-up-insurer.ts';
import { sweepMessages } from '../../functions/insurers/sweep-messages.ts';
import { newKeys } from '../../functions/runtime/signatures/keys.ts';
import type { SignatureKey } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { anInsurer, another, claim, world } from './world.ts';

const person = '440802199003073218';
const policy = JSON.stringify({
  type: 'policy.upserted',
  timestamp: '2026-03-02T10:00:00+08:00',
  data: { policy_no: 'P1', product_code: 'HMB', certno: person, begn_date: '2026-01-01', end_date: '2026-12-31' },
});
const stored = (hub: Awaited<ReturnType<typeof world>>, id: string) =>
  hub.items.get('messages', messageKey('in', anInsurer, id));
const untouched = (hub: Awaited<ReturnType<typeof world>>) => expect(hub.items.all('messages')).toEqual([]);

describe('a message that is well signed', () => {
  test('is kept, answered with 202, and put before settlement once', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const answer = await hub.post(from, 'm1', claim());
    expect(answer).toEqual({ status: 202, body: { id: 'm1', state: 'received' } });
    await hub.settle();
    expect(hub.events).toEqual([{ box: 'in', insurer: anInsurer, id: 'm1' }]);
    const incoming = await readIncoming(hub.items, 'messages', hub.wire.sealer, anInsurer, 'm1');
    expect(incoming?.message).toMatchObject({ type: 'claim.adjudicated', data: { setl_id: 'S1', paid_amt: 10_000 } });
  });

  test('twice is once: 200, before and after it was handled', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await hub.post(from, 'm1', claim());
    await hub.settle();
    expect(await hub.post(from, 'm1', claim())).toEqual({ status: 200, body: { id: 'm1', state: 'received' } });
    expect(await hub.items.write([handledWrite('messages', anInsurer, 'm1', 'posted')])).toBe(true);
    expect(await hub.items.write([handledWrite('messages', anInsurer, 'm1', 'posted')])).toBe(false);
    hub.skip(86_400);
    expect(await hub.post(from, 'm1', claim())).toEqual({ status: 200, body: { id: 'm1', state: 'handled' } });
    await hub.elapse(86_400);
    expect(hub.events).toHaveLength(1);
  });

  test('a hundred times at once is once', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const answers = await Promise.all(Array.from({ length: 100 }, () => hub.post(from, 'm1', claim())));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(99);
    await hub.settle();
    expect(hub.events).toHaveLength(1);
  });

  test('with the id of another one is refused with 409, raises the alarm, and changes nothing', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await hub.post(from, 'm1', claim());
    const before = await stored(hub, 'm1');
    expect((await hub.post(from, 'm1', claim({ paid_amt: '999.00' }))).status).toBe(409);
    expect(hub.measured.SameIdOtherBody).toBe(1);
    expect(await stored(hub, 'm1')).toEqual(before);
  });

  test('a hundred times at once is kept once, whichever of two bodies', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const said = (n: number) => claim(n % 2 === 0 ? {} : { paid_amt: '999.00' });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => hub.post(from, 'm1', said(n))));
    const of = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([of(202), of(200), of(409)]).toEqual([1, 49, 50]);
    const kept = await readIncoming(hub.items, 'messages', hub.wire.sealer, anInsurer, 'm1');
    const winner = answers.findIndex(({ status }) => status === 202);
    expect(kept?.message).toMatchObject({ data: { paid_amt: winner % 2 === 0 ? 10_000 : 99_900 } });
  });

  test('is known by its id for ever, when its body is long forgotten', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await hub.post(from, 'm1', claim());
    await hub.items.write([handledWrite('messages', anInsurer, 'm1', 'posted')]);
    await hub.items.write([{ table: 'messages', delete: bodyKey(anInsurer, 'm1') }]);
    expect((await hub.post(from, 'm1', claim())).status).toBe(200);
    expect((await hub.post(from, 'm1', claim({ paid_amt: '999.00' }))).status).toBe(409);
    expect(await readIncoming(hub.items, 'messages', hub.wire.sealer, anInsurer, 'm1')).toMatchObject({
      state: 'handled',
      outcome: 'posted',
    });
  });

  test('has an end for its body alone, after 400 days', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await hub.post(from, 'm1', claim());
    const ends = hub.items.all('messages').map(({ sk, expiresAt }) => [sk, expiresAt]);
    expect(ends).toEqual([
      ['body', hub.at().getTime() / 1000 + 400 * 86_400],
      ['message', undefined],
    ]);
  });

  test('the same JSON in other bytes is another body', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await hub.post(from, 'm1', claim());
    expect((await hub.post(from, 'm1', JSON.stringify(JSON.parse(claim()), null, 1))).status).toBe(409);
  });

  test('a ping is answered and troubles nobody', async () => {
    const hub = await world();
    const ping = JSON.stringify({ type: 'endpoint.ping', timestamp: '2026-03-02T10:00:00+08:00', data: {} });
    expect(await hub.post(await hub.insurer(), 'p1', ping)).toEqual({
      status: 202,
      body: { id: 'p1', state: 'handled' },
    });
    await hub.elapse(3600);
    expect(hub.events).toEqual([]);
  });

  test('holds its certificate number nowhere but in the sealed body', async () => {
    const hub = await world();
    expect((await hub.post(await hub.insurer(), 'm1', policy)).status).toBe(202);
    await hub.settle();
    const seen = JSON.stringify([hub.items.all('messages'), hub.events, hub.measured, hub.wakes], (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    expect(seen).not.toContain(person);
    const incoming = await readIncoming(hub.items, 'messages', hub.wire.sealer, anInsurer, 'm1');
    expect(incoming?.message?.data).toMatchObject({ certno: person });
  });
});

describe('a message that is not well signed', () => {
  test('is answered in one and the same way, whatever is wrong, and leaves nothing behind', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const stranger: SignatureKey = { ...from.own[0]!, key: newKeys('v1').signing };
    const at = hub.at();
    const seconds = (n: number) => new Date(at.getTime() + n * 1000);
    const attempts = {
      'wrong key': await hub.post(from, 'm1', claim(), { keys: [stranger] }),
      'too old': await hub.post(from, 'm1', claim(), { at: seconds(-301) }),
      'too early': await hub.post(from, 'm1', claim(), { at: seconds(301) }),
      'unknown insurer': await hub.post(from, 'm1', claim(), { path: another }),
      'no insurer': await hub.post(from, 'm1', claim(), { path: 'x' }),
      'no id': await hub.post(from, 'm1', claim(), { headers: { id: '' } }),
      'id with a dot': await hub.post(from, 'm1', claim(), { headers: { id: 'm.1' } }),
      'other id': await hub.post(from, 'm1', claim(), { headers: { id: 'm2' } }),
      'time of letters': await hub.post(from, 'm1', claim(), { headers: { timestamp: '1614265330abc' } }),
      'no time': await hub.post(from, 'm1', claim(), { headers: { timestamp: '' } }),
      'no signature': await hub.post(from, 'm1', claim(), { headers: { signature: '' } }),
      'eleven signatures': await hub.post(from, 'm1', claim(), {
        headers: { signature: Array(11).fill('v1,x').join(' ') },
      }),
      'no scheme': await hub.post(from, 'm1', claim(), { headers: { signature: 'AAAA' } }),
    };
    for (const [what, { status, body }] of Object.entries(attempts))
      expect([what, status, body]).toEqual([what, 401, attempts['wrong key'].body]);
    untouched(hub);
  });

  test('±300 seconds pass, ±301 do not', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const statuses: number[] = [];
    for (const seconds of [-301, -300, 300, 301])
      statuses.push(
        (await hub.post(from, `m${seconds}`, claim(), { at: new Date(hub.at().getTime() + seconds * 1000) })).status,
      );
    expect(statuses).toEqual([401, 202, 202, 401]);
  });

  test('any changed byte of the body is noticed', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const good = Buffer.from(claim());
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(good);
        changed[at]! ^= by;
        expect((await hub.post(from, 'm1', changed, { signedBody: good })).status).toBe(401);
      }),
      { numRuns: 60 },
    );
    untouched(hub);
  });

  test('insurer A signs nothing on the path of insurer B', async () => {
    const hub = await world();
    const a = await hub.insurer(anInsurer);
    await hub.insurer(another);
    expect((await hub.post(a, 'm1', claim(), { path: another })).status).toBe(401);
    untouched(hub);
  });

  test('a scheme that is not configured counts for nothing, even over the secret that is known', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const secret = Buffer.from(from.own[0]!.key.slice('whsec_'.length), 'base64');
    const timestamp = String(hub.at().getTime() / 1000);
    const mac = (hash: string) => createHmac(hash, secret).update(`m1.${timestamp}.${claim()}`).digest('base64');
    const post = (signature: string) => hub.post(from, 'm1', claim(), { headers: { signature } });
    expect((await post(`sm3,${mac('sm3')}`)).status).toBe(401);
    expect((await post(`v1,${mac('sm3')}`)).status).toBe(401);
    expect((await post(`sm3,${mac('sha256')}`)).status).toBe(401);
    expect((await post(`v1a,${mac('sha256')}`)).status).toBe(401);
    untouched(hub);
    expect((await post(`sm3,${mac('sm3')} v1,${mac('sha256')}`)).status).toBe(202);
  });

  test('keys of a scheme that the insurer no longer has count for nothing', async () => {
    const hub = await world();
    const from = await hub.insurer(anInsurer, { schemes: ['v1', 'sm3'] });
    const sm3 = from.own.filter(({ scheme }) => scheme === 'sm3');
    expect((await hub.post(from, 'm1', claim(), { keys: sm3 })).status).toBe(202);
    await changeInsurer(hub.setup, anInsurer, { schemes: ['v1'] }, 'test');
    expect((await hub.post(from, 'm2', claim(), { keys: sm3 })).status).toBe(401);
    expect((await hub.post(from, 'm3', claim())).status).toBe(202);
  });

  test('a disabled insurer is a stranger', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await switchInsurer(hub.setup, anInsurer, 'disabled', 'test');
    expect((await hub.post(from, 'm1', claim())).status).toBe(401);
    await switchInsurer(hub.setup, anInsurer, 'enabled', 'test');
    expect((await hub.post(from, 'm1', claim())).status).toBe(202);
  });
});

describe('keys', () => {
  test('rotate without a moment in which a message is lost', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const made = await rotateKey(hub.setup, anInsurer, { scheme: 'v1', direction: 'in', graceHours: 1 }, 'test');
    if (isRefusal(made)) throw new Error(made.code);
    const next: SignatureKey[] = [{ ...made.stored, key: made.secret! }];
    expect((await hub.post(from, 'm1', claim())).status).toBe(202);
    expect((await hub.post(from, 'm2', claim(), { keys: next })).status).toBe(202);
    expect((await hub.post(from, 'm3', claim(), { keys: [...from.own, ...next] })).status).toBe(202);
    const old = from.own.map((key) => ({ ...key, notAfter: undefined }));
    hub.skip(3600);
    expect((await hub.post(from, 'm4', claim(), { keys: old })).status).toBe(401);
    expect((await hub.post(from, 'm5', claim(), { keys: next })).status).toBe(202);
  });

  test('a revoked key fails at once', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await revokeKey(hub.setup, anInsurer, from.own[0]!.kid, 'test');
    expect((await hub.post(from, 'm1', claim())).status).toBe(401);
  });
});

const inChineseAndEnglish = /\p{Script=Han}.* · .*[a-z]{3}/u;

describe('a well signed message with wrong content', () => {
  const wrong: Record<string, string | Uint8Array> = {
    'is not UTF-8': Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
    'is not JSON': '{',
    'is empty': '',
    'is no object': '[]',
    'names a member twice': claim().replace('"decision"', '"paid_amt":"1.00","decision"'),
    'has an unknown type': claim().replace('claim.adjudicated', 'claim.unknown'),
    'has an amount that is a number': claim({ paid_amt: 100 }),
    'declines without a reason': claim({ decision: 'declined', paid_amt: '0.00' }),
    'declines with an empty reason': claim({ decision: 'declined', paid_amt: '0.00', reason_code: ' ' }),
    'has a third decimal': claim({ paid_amt: '1.001' }),
    'has a member too many': claim({ psn_name: '张三' }),
    'is nested without end': '['.repeat(60_000),
  };
  for (const [what, body] of Object.entries(wrong)) {
    test(`that ${what} is refused with its issues, kept for the operator, and never handed on`, async () => {
      const hub = await world();
      const from = await hub.insurer();
      const answer = await hub.post(from, 'm1', body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'wrong-content', id: 'm1' } });
      expect((answer.body.issues as unknown[]).length).toBeGreaterThan(0);
      expect(await stored(hub, 'm1')).toMatchObject({ state: 'refused', issues: answer.body.issues });
      expect(await hub.post(from, 'm1', body)).toEqual(answer);
      await hub.elapse(3600);
      expect(hub.events).toEqual([]);
    });
  }

  const item = { setl_id: 'S1', policy_no: 'P1', policy_sub_no: '', amount: '1.00' };
  const statement = (data: object) =>
    JSON.stringify({
      type: 'reconciliation.statement',
      timestamp: '2026-03-02T00:40:00+08:00',
      data: {
        ...{ day: '2026-03-01', product_code: 'HMB', refd_setl_flag: '0', count: 1, amount: '1.00', items: [item] },
        ...data,
      },
    });

  test.each([
    ['a part beyond its parts', { part: 3, parts: 2 }, ['data.part']],
    ['a count above its items', { count: 2 }, ['data.count']],
    ['a count below its items', { count: 0 }, ['data.count']],
    ['a part with more items than the whole counts', { part: 1, parts: 2, count: 0 }, ['data.count']],
    ['an item twice', { count: 2, items: [item, { ...item, amount: '2.00' }] }, ['data.items.1']],
  ])('a statement with %s is refused, and the place is named in both languages', async (_, data, paths) => {
    const hub = await world();
    const answer = await hub.post(await hub.insurer(), 'm1', statement(data));
    expect(answer.status).toBe(400);
    const issues = answer.body.issues as { path: string; message: string }[];
    expect(issues.map(({ path }) => path)).toEqual(paths);
    for (const { message } of issues) expect(message).toMatch(inChineseAndEnglish);
  });

  test('a statement, and each of its parts, is taken: of another policy of one bill, of a whole that counts more', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const items = [item, { ...item, policy_no: 'P2' }, { ...item, policy_sub_no: '1' }];
    for (const [n, data] of [{}, { count: 3, items }, { part: 2, parts: 2, count: 9 }].entries())
      expect((await hub.post(from, `m${n}`, statement(data))).status).toBe(202);
  });

  test('whatever is wrong is said in Chinese and English, and strange names of members are not said again', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const strange = claim({ psn_name: 'x', 张三: 'x', 'a"440802199003073218"': 'x' });
    const bodies = [
      ...Object.values(wrong),
      strange,
      statement({ day: 'tomorrow' }),
      statement({ day: undefined, count: 1.5, refd_setl_flag: '2', items: Array(501).fill(item) }),
      statement({ product_code: '', items: {} }),
    ];
    for (const [n, body] of bodies.entries()) {
      const answer = await hub.post(from, `m${n}`, body);
      expect(answer.status).toBe(400);
      for (const { message } of answer.body.issues as { message: string }[]) {
        expect(message).toMatch(inChineseAndEnglish);
        expect(message).not.toMatch(/张三|4408/);
      }
      if (body === strange) expect(JSON.stringify(answer.body.issues)).toContain('psn_name');
    }
  });

  test('64 kB are taken, one byte more is not', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const padded = (bytes: number) => claim().padEnd(bytes, ' ');
    expect((await hub.post(from, 'm1', padded(65_536))).status).toBe(202);
    expect((await hub.post(from, 'm2', padded(65_537))).status).toBe(413);
  });
});

describe('whatever stops in between', () => {
  test('a message that was kept and not handed on is handed on by the sweep, ever more rarely until it is handled', async () => {
    const hub = await world();
    const from = await hub.insurer();
    hub.state.streamWorks = false;
    await hub.post(from, 'm1', claim());
    await hub.elapse(30);
    expect(hub.events).toEqual([]);
    await hub.elapse(90);
    expect(hub.events).toEqual([{ box: 'in', insurer: anInsurer, id: 'm1' }]);
    await hub.elapse(86_400);
    expect(hub.events.length).toBeGreaterThan(4);
    expect(hub.events.length).toBeLessThan(12);
    expect(hub.measured.MessagesNotTaken).toBeGreaterThan(0);
    await hub.items.write([handledWrite('messages', anInsurer, 'm1', 'posted')]);
    const before = hub.events.length;
    await hub.elapse(86_400);
    expect(hub.events).toHaveLength(before);
  });

  test('what is broken with one insurer keeps the sweep from no other', async () => {
    const hub = await world();
    const from = await hub.insurer(anInsurer);
    await hub.insurer(another);
    hub.state.streamWorks = false;
    await hub.post(from, 'm1', claim());
    // It stands before the other in the list.
    const lane = { pk: `insurer#${another}`, sk: 'lane' };
    await hub.items.write([{ table: 'insurers', update: lane, set: { slow: 'x' } }]);
    hub.skip(120);
    await expect(sweepMessages(hub.wire)).rejects.toThrow('1 insurers could not be swept');
    expect(hub.events).toEqual([{ box: 'in', insurer: anInsurer, id: 'm1' }]);
  });

  test('what the sweep has put before settlement, the stream does not put there again', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await hub.post(from, 'm1', claim());
    await hub.elapse(150);
    // Once by the stream, and once by the sweep after a minute.
    expect(hub.events).toHaveLength(2);
  });

  test('a put whose success was reported as a failure is a repetition the next time', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const write = hub.items.write;
    hub.wire.items.write = async (writes) => {
      await write(writes);
      throw new Error('no answer');
    };
    await expect(hub.post(from, 'm1', claim())).rejects.toThrow('no answer');
    hub.wire.items.write = write;
    expect((await hub.post(from, 'm1', claim())).status).toBe(200);
    await hub.settle();
    expect(hub.events).toHaveLength(1);
  });

  test('any bytes at the door change nothing unless they are a message that is signed', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.record({ id: fc.string(), timestamp: fc.string(), signature: fc.string() }, { requiredKeys: [] }),
        async (body, headers) => {
          expect((await hub.post(from, 'm1', body, { headers, signedBody: Buffer.from('other') })).status).toBe(401);
        },
      ),
      { numRuns: 200 },
    );
    untouched(hub);
  });
});
