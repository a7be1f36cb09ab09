import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { wrongUsage } from '../../infra/cli/wrong-usage.ts';

const cli = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'canbao.ts');
const folder = mkdtempSync(join(tmpdir(), 'canbao-calls-'));
const someKey = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

function canbao(args: readonly string[], env: Record<string, string> = {}) {
  const { CANBAO_KEY: _, CANBAO_CLIENT: __, ...others } = process.env;
  const done = spawnSync(process.execPath, [cli, ...args], { env: { ...others, ...env }, encoding: 'utf8' });
  return { code: done.status, said: done.stderr };
}

writeFileSync(join(folder, 'no.json'), '{"insurer"');

test.each([
  ['an unknown command', 2, ['insurer', 'frobnicate']],
  ['a missing argument', 2, ['insurer', 'add']],
  ['a missing option', 2, ['settlement', 'settle-by-hand', 'S1']],
  ['a value that is none of a list', 2, ['insurer', 'rotate-key', 'X', '--scheme', 'v9', '--direction', 'in']],
  ['a day that is none', 2, ['reconcile', 'yesterday']],
  ['no hub', 2, ['insurer', 'list', '--data', folder]],
  ['no key', 2, ['insurer', 'list', '--endpoint', 'http://127.0.0.1:1']],
  ['no such client', 2, ['client-key', 'nobody', '--data', folder]],
  ['a file that is no JSON', 2, ['insurer-sandbox', '--keys', join(folder, 'no.json')]],
])('%s: exit code %i, a sentence in Chinese and one in English, and no stack', (_, code, args) => {
  const done = canbao(args);
  expect(done.code).toBe(code);
  const [zh, en, ...more] = done.said.trimEnd().split('\n');
  expect(zh).toMatch(/\p{Script=Han}/u);
  expect(en).toMatch(/^[\x20-\x7e]+$/);
  expect(more).toEqual([]);
});

test('a hub that does not answer is said so, with exit code 1', () => {
  const done = canbao(['insurer', 'list', '--endpoint', 'http://127.0.0.1:1'], { CANBAO_KEY: someKey });
  expect(done.code).toBe(1);
  expect(done.said.trimEnd().split('\n')).toHaveLength(2);
  expect(done.said).not.toContain(someKey);
});

test('what nobody has translated is passed on as it is', () => {
  expect(wrongUsage('error: something new\n')).toBe('something new\n');
});
