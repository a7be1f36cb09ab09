import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { exitCodeOf } from '../../infra/cli/exit-code.ts';
import { wrongUsage } from '../../infra/cli/wrong-usage.ts';
import { cli, runCanbao, someKey } from './run-canbao.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-calls-'));
afterAll(() => rmSync(folder, { recursive: true }));

writeFileSync(join(folder, 'no.json'), '{"insurer"');
const span = (from: string, to: string) => ['--from', from, '--to', to];
const forNoFile = ['--scheme', 'v1a', '--direction', 'in', '--public-key', join(folder, 'none.pem')];

test.each([
  ['an unknown command', 2, ['insurer', 'frobnicate']],
  ['a missing argument', 2, ['insurer', 'add']],
  ['a missing option', 2, ['settlement', 'settle-by-hand', 'S1']],
  ['a value that is none of a list', 2, ['insurer', 'rotate-key', 'X', '--scheme', 'v9', '--direction', 'in']],
  ['a day that is none', 2, ['reconcile', 'yesterday']],
  ['an address that is none', 2, ['insurer', 'list', '--endpoint', 'hub.example:8700']],
  ['no hub', 2, ['insurer', 'list', '--data', folder]],
  ['no key', 2, ['insurer', 'list', '--endpoint', 'http://127.0.0.1:1']],
  ['no such client', 2, ['client-key', 'nobody', '--data', folder]],
  ['a file that is no JSON', 2, ['insurer-sandbox', '--keys', join(folder, 'no.json')]],
])('%s: exit code %i, a sentence in Chinese and one in English, and no stack', async (_, code, args) => {
  const done = await runCanbao(args);
  expect(done.code).toBe(code);
  const [zh, en, ...more] = done.err.trimEnd().split('\n');
  expect(zh).toMatch(/\p{Script=Han}/u);
  expect(en).toMatch(/^[\x20-\x7e]+$/);
  expect(more).toEqual([]);
});

test.each([
  ['a day that there is not', ['reconcile', '2026-02-30'], /'2026-02-30' is invalid/],
  [
    'days that end before they begin',
    ['product', 'results', 'X', 'Y', ...span('2026-02-02', '2026-02-01')],
    /is after/,
  ],
  ['a span with no day', ['product', 'results', 'X', 'Y', ...span('soon', '2026-02-01')], /'soon' is invalid/],
  ['no row at all', ['differences', '--limit', '0'], /'0' is invalid/],
  ['a list that is neither whole nor changes', ['push', 'hardship', cli, '--mode', 'half'], /'half' is invalid/],
  ['a webhook that is never sent', ['insurer-sandbox', '--keys', cli, '--copies', '0'], /'0' is invalid/],
  ['a scheme that there is not', ['webhook', 'vectors', '--scheme', 'v9'], /one of v1, v1a, sm2, sm3/],
  ['a public key that is no file', ['insurer', 'rotate-key', 'X', ...forNoFile], /Neither a public key nor a file/],
])('%s is said so before a hub is asked', async (_, args, english) => {
  const { code, err } = await runCanbao(args, { CANBAO_KEY: someKey });
  expect([code, err]).toEqual([2, expect.stringMatching(english)]);
});

test('a hub that does not answer is said so, with exit code 1', async () => {
  const done = await runCanbao(['insurer', 'list', '--endpoint', 'http://127.0.0.1:1'], { CANBAO_KEY: someKey });
  expect(done.code).toBe(1);
  expect(done.err.trimEnd().split('\n')).toHaveLength(2);
  expect(done.err).not.toContain(someKey);
});

test('a folder that cannot be had is named in both languages, without a stack', () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    mkdirSync(join(folder, 'no.json'), { recursive: true });
    expect.unreachable();
  } catch (error) {
    expect(exitCodeOf(error)).toBe(1);
  }
  const [zh, en, ...more] = String(said.mock.calls.flat()[0]).trimEnd().split('\n');
  said.mockRestore();
  expect(zh).toMatch(/无法读写文件 .*no\.json/);
  expect(en).toMatch(/no\.json cannot be read or written/);
  expect(more).toEqual([]);
});

test('what nobody has translated is passed on as it is', () => {
  expect(wrongUsage('error: something new\n')).toBe('something new\n');
});

/** A server that is no hub answers everything so. */
async function at<Result>(answer: { status: number; body: string }, work: (url: string) => Promise<Result>) {
  const server = createServer((_, response) => void response.writeHead(answer.status).end(answer.body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

test.each([
  ['a page', { status: 200, body: '<html>' }, /no hub/],
  ['a page that is not there', { status: 404, body: 'not found' }, /no hub/],
  ['a gateway that gives up', { status: 504, body: '<html>' }, /try again/],
  [
    'a hub that does not know who signed',
    { status: 401, body: JSON.stringify({ code: 'not-signed', title: '签名无效', detail: 'not valid' }) },
    /CANBAO_CLIENT \(operator\/li\) and CANBAO_KEY.*\(not-signed\)/,
  ],
])(
  '%s where the hub should be: exit code 1, what it is and what to do, in both languages, and no stack',
  async (_, answer, english) => {
    const by = { CANBAO_KEY: someKey, CANBAO_CLIENT: 'operator/li' };
    const done = await at(answer, (url) => runCanbao(['insurer', 'list', '--endpoint', url], by));
    expect(done).toMatchObject({ code: 1 });
    const [zh, en, ...more] = done.err.trimEnd().split('\n');
    expect(zh).toMatch(/请/);
    expect(en).toMatch(english);
    expect(more).toEqual([]);
  },
);

test('who reads the output may leave before its end', async () => {
  const shown = spawn(process.execPath, [cli, 'webhook', 'vectors'], { stdio: ['ignore', 'pipe', 'pipe'] });
  shown.stdout.destroy();
  const said: Buffer[] = [];
  shown.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = await once(shown, 'exit');
  expect([code, Buffer.concat(said).toString()]).toEqual([0, '']);
});
