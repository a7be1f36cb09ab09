import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sign, toWire, verify } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { runCanbao, someKey } from '../infra/run-canbao.ts';
import { type Desk, desk } from './desk.ts';
import { anInsurer, another, claim, ok } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-commands-'));
const file = (name: string) => join(folder, name);
let own: Desk;
let open: Awaited<ReturnType<Desk['listen']>>;
beforeEach(async () => {
  own = await desk();
  open = await own.listen();
});
afterEach(() => open.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const canbao = (...words: string[]) => runCanbao([...words, '--endpoint', open.endpoint], { CANBAO_KEY: someKey });

/** A command that goes well. @returns what it prints. */
async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await canbao(...words);
  expect([words.join(' '), code, err]).toEqual([words.join(' '), 0, '']);
  return out;
}

const added = () =>
  done('insurer', 'add', anInsurer, '--name', '某财险', '--url', 'https://insurer.example/hooks', '--json');

describe('canbao insurer', () => {
  test('sets an insurer up, changes, switches and shows it; secrets are shown once', async () => {
    const { keys } = JSON.parse(await added()) as { keys: { kid: string; direction: string; secret: string }[] };
    expect(keys.map(({ direction }) => direction)).toEqual(['in', 'out']);
    await done('insurer', 'change', anInsurer, '--schemes', 'v1, sm3', '--tolerance', '60', '--file-tolerance', '24');
    const rotate = ['insurer', 'rotate-key', anInsurer, '--scheme', 'sm3', '--direction', 'out'];
    const rotated = await done(...rotate, '--grace-hours', '1', '--valid-days', '90', '--by', 'li');
    expect(rotated).toMatch(/whsec_.*\n.*只显示这一次.*shown this once/);
    await done('insurer', 'revoke-key', anInsurer, keys[0]!.kid);
    await done('insurer', 'disable', anInsurer);
    const shown = JSON.parse(await done('insurer', 'show', anInsurer, '--json'));
    expect(shown).toMatchObject({
      state: 'disabled',
      schemes: ['v1', 'sm3'],
      toleranceSeconds: 60,
      fileToleranceHours: 24,
    });
    expect(shown.keys.find(({ kid }: { kid: string }) => kid === keys[0]!.kid)).toHaveProperty('revokedAt');
    expect(await done('insurer', 'enable', anInsurer)).toContain('启用 enabled');
    const words = await done('insurer', 'show', anInsurer);
    expect(words).toContain('operator(li) rotate-key sm3-out');
    expect(words).not.toContain('whsec_');
  });

  test('warns of keys that end, thirty days before', async () => {
    await added();
    own.hub.skip(336 * 86_400);
    const words = await done('insurer', 'show', anInsurer);
    expect(
      words.match(/⚠ 密钥 \S+ 于 2027-03-02 到期，请轮换 · The key \S+ ends on 2027-03-02: rotate it/g),
    ).toHaveLength(2);
    const { insurers } = JSON.parse(await done('insurer', 'list', '--json'));
    expect(insurers).toMatchObject([{ id: anInsurer, state: 'enabled', warnings: [{}, {}] }]);
  });

  test('says what cannot be, in both languages, with exit code 1', async () => {
    const { code, err } = await canbao('insurer', 'show', another);
    expect([code, err]).toEqual([1, expect.stringMatching(/没有登记该保险机构.*There is no such insurer/s)]);
  });
});

describe('canbao messages', () => {
  test('lists, shows with every attempt, and sends again: one, or all that are missing', async () => {
    await added();
    own.hub.state.reply = async () => ok(500, '维护中');
    for (const id of ['m1', 'm2', 'm3']) await own.hub.tell(id);
    await own.hub.elapse(80 * 3600);
    const parked = JSON.parse(await done('messages', 'list', anInsurer, '--state', 'parked', '--json'));
    expect(parked.messages).toHaveLength(3);
    const shown = await done('messages', 'show', anInsurer, 'm1');
    expect(shown).toMatch(/m1 endpoint.ping · parked attempts-spent/);
    expect(shown.match(/^#\d+ .* 500 3 ms 维护中$/gm)).toHaveLength(10);
    own.hub.state.reply = async () => ok();
    own.hub.requests.splice(0);
    expect(await done('messages', 'replay', anInsurer, 'm1')).toContain('replayed 1');
    await own.hub.elapse(10);
    expect(await done('messages', 'replay', anInsurer, '--missing')).toContain('replayed 2');
    await own.hub.elapse(10);
    expect(own.hub.sentIds()).toEqual(['m1', 'm2', 'm3']);
    expect((await canbao('messages', 'replay', anInsurer)).code).toBe(2);
    expect((await canbao('messages', 'list', anInsurer, '--state', 'lost')).code).toBe(2);
  });

  test('lists what was refused by the type that it says, where insurers send such; other words of its sender it does not repeat', async () => {
    const insurer = await own.hub.insurer(anInsurer);
    const bodies = {
      kept: claim(),
      wrong: claim({ paid_amt: 1 }),
      strange: '{"type":"张三","data":{}}',
      none: 'no json',
    };
    for (const [id, body] of Object.entries(bodies)) await own.hub.post(insurer, id, body);
    const { messages } = JSON.parse(await done('messages', 'list', anInsurer, '--box', 'in', '--json'));
    const types = messages.map(({ id, state, type }: Record<string, string>) => [id, state, type]);
    expect(types.sort()).toEqual([
      ['kept', 'received', 'claim.adjudicated'],
      ['none', 'refused', undefined],
      ['strange', 'refused', undefined],
      ['wrong', 'refused', 'claim.adjudicated'],
    ]);
    const lines = (await done('messages', 'list', anInsurer, '--box', 'in', '--state', 'refused')).split('\n');
    const under = (id: string) => lines[lines.findIndex((line) => line.includes(` ${id} `)) + 1];
    expect(under('wrong')).toContain('│ claim.adjudicated ');
    for (const id of ['strange', 'none']) expect(under(id)).toMatch(/^│ — /);
  });

  test('carries messages as files, both ways, with an answer to every line', async () => {
    const { own: keys, hubs } = await own.hub.insurer(anInsurer, { channel: 'file' });
    await own.hub.tell('notice');
    await own.hub.tell('reversed', { after: 'notice' });
    expect(await done('messages', 'export', anInsurer, file('out.txt'))).toContain('exported 2');
    const lines = readFileSync(file('out.txt'), 'utf8').trimEnd().split('\n');
    const [first, second] = lines.map((line) => JSON.parse(line));
    expect([first, second].map(({ headers }) => headers['webhook-id'])).toEqual(['notice', 'reversed']);
    const [id, timestamp, signature] = Object.values(first.headers as Record<string, string>);
    const signed = { id: id!, timestamp: timestamp!, signature: signature! };
    expect(verify(hubs, signed, Buffer.from(first.body), own.hub.at()).fault).toBeUndefined();
    expect((await own.hub.outgoing('reversed'))?.state).toBe('accepted');

    const line = (name: string, body: string) => ({
      insurer: anInsurer,
      headers: toWire(sign(keys, name, own.hub.at(), Buffer.from(body))!),
      body,
    });
    const brought = [line('m1', claim()), line('m1', claim()), 'nonsense', line('m2', claim({ paid_amt: 1 }))];
    // As an editor on Windows leaves it.
    const text = brought.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\r\n');
    writeFileSync(file('in.txt'), `\uFEFF${text}\r\n`);
    const { code, out } = await canbao('messages', 'import', file('in.txt'), '--answers', file('answers.txt'));
    expect([code, out]).toEqual([1, expect.stringContaining('imported 2 · 拒收 refused 2')]);
    const answers = readFileSync(file('answers.txt'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one));
    expect(answers.map(({ status }) => status)).toEqual([202, 200, 400, 400]);
    expect(answers[3]).toMatchObject({ id: 'm2', insurer: anInsurer, body: { issues: [{ path: 'data.paid_amt' }] } });
  });

  test('leaves no file behind where there is nothing to be exported for an insurer, and overwrites none', async () => {
    await added();
    expect((await canbao('messages', 'export', anInsurer, file('none.txt'))).code).toBe(1);
    expect(existsSync(file('none.txt'))).toBe(false);
    writeFileSync(file('there.txt'), 'kept');
    expect((await canbao('messages', 'export', anInsurer, file('there.txt'))).code).toBe(2);
    expect(readFileSync(file('there.txt'), 'utf8')).toBe('kept');
  });
});
