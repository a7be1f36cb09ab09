import { spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnose } from '../../../infra/cli/diagnose-signature.ts';
import { derOfRaw } from './openssl.ts';
import { at, vectorsOf } from './vectors.ts';

const v1 = vectorsOf('v1');
const { id, timestamp, signature } = v1.vectors[0]!;
const key = v1.keys.verifying;
const body = Buffer.from(v1.vectors[0]!.body, 'base64');
const codes = (headers: object, content: string | Buffer = body, now = timestamp) =>
  diagnose('v1', key, { headers: { id, timestamp, signature, ...headers }, body: Buffer.from(content) }, at(now), 300)
    .remarks.map(({ code }) => code)
    .slice(1);

describe('a message that does not pass is told what went wrong', () => {
  const decoded = Buffer.from(key.slice(6), 'base64');
  const content = `${id}.${timestamp}.${body}`;
  const mac = (secret: string | Buffer, ...parts: (string | Buffer)[]) => {
    const made = createHmac('sha256', secret);
    for (const part of parts) made.update(part);
    return { signature: `v1,${made.digest('base64')}` };
  };

  it.each<[string, string]>([
    ['line-end-added', `${body}\n`],
    ['line-end-added', `${body}\r\n`],
    ['reserialised', `${body} `],
    ['unknown', '{"test": 2432232315}'],
  ])('%s', (code, content) => expect(codes({}, content)).toEqual([code]));

  it('re-serialised, however the signer wrote it', () => {
    const written = '{"姓":"a, b: c","n":[1,2],"o":{"x":null}}';
    const python = '{"\\u59d3": "a, b: c", "n": [1, 2], "o": {"x": null}}';
    for (const signed of [written, JSON.stringify(JSON.parse(written), null, 2), python])
      expect(
        codes(mac(decoded, `${id}.${timestamp}.${signed}`), '{"姓": "a, b: c", "n":[1,2], "o":{"x":null}}'),
      ).toEqual(['reserialised']);
  });

  it.each([
    ['key-not-decoded', mac(key, content)],
    ['key-not-decoded', mac(key.slice(6), content)],
    ['body-alone', mac(decoded, body)],
    ['without-id', mac(decoded, `${timestamp}.${body}`)],
    ['digest-signed', mac(decoded, createHash('sha256').update(content).digest())],
    ['hexadecimal', { signature: `v1,${Buffer.from(signature.slice(3), 'base64').toString('hex')}` }],
    [
      'hexadecimal-inside',
      { signature: `v1,${Buffer.from(Buffer.from(signature.slice(3), 'base64').toString('hex')).toString('base64')}` },
    ],
    ['other-second', mac(decoded, `${id}.${Number(timestamp) + 1}.${body}`)],
    ['not-canonical', { signature: signature.replace('=', '') }],
    ['label', { signature: signature.replace('v1,', 'hmac,') }],
    ['label', { signature: signature.slice(3) }],
    ['milliseconds', { timestamp: `${timestamp}000` }],
  ])('%s', (code, headers) => expect(codes(headers)).toEqual([code]));

  it('only stale, and by how much', () => {
    expect(codes({}, body, String(Number(timestamp) + 400))).toEqual(['only-stale']);
    const found = diagnose('v1', key, { headers: { id, timestamp, signature }, body }, at(1614265730), 300);
    expect(found).toMatchObject({ fault: 'stale', ageSeconds: 400, expected: signature });
  });

  it('DER instead of r‖s', () => {
    const { keys, vectors } = vectorsOf('sm2');
    const der = derOfRaw(Buffer.from(vectors[0]!.signature.slice(4), 'base64')).toString('base64');
    const message = { headers: { id, timestamp, signature: `sm2,${der}` }, body };
    const { remarks, expected } = diagnose('sm2', keys.verifying, message, at(timestamp), 300);
    expect(remarks.map((one) => one.code)).toEqual(['wrong-signature', 'der']);
    expect(expected).toBeUndefined();
  });

  it('nothing, when it passes', () => {
    expect(diagnose('v1', key, { headers: { id, timestamp, signature }, body }, at(timestamp), 300)).toMatchObject({
      valid: true,
      remarks: [],
      offered: ['v1'],
      content: { bytes: id.length + 12 + body.length },
    });
  });
});

describe('canbao webhook', () => {
  const folder = mkdtempSync(join(tmpdir(), 'canbao-webhook-'));
  const file = join(folder, 'body');
  beforeAll(() => writeFileSync(file, body));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const canbao = (...args: string[]) =>
    spawnSync(process.execPath, ['infra/cli/canbao.ts', 'webhook', ...args], { encoding: 'utf8', input: body });
  const verifyArgs = (key: string, scheme: string, signed: Record<string, string>) => [
    ...['verify', '--scheme', scheme, '--key', key, '--id', signed['webhook-id']!],
    ...['--timestamp', signed['webhook-timestamp']!, '--signature', signed['webhook-signature']!],
  ];

  it('verifies what it signs, in every scheme, and says no to another body', () => {
    for (const scheme of ['v1', 'v1a', 'sm2', 'sm3'] as const) {
      const { keys } = vectorsOf(scheme);
      writeFileSync(
        join(folder, 'key'),
        keys.signingPem !== undefined && scheme === 'sm2' ? keys.signingPem : keys.signing,
      );
      const made = canbao('sign', '--scheme', scheme, '--key', `@${join(folder, 'key')}`, '--body', '-', '--json');
      expect(made.status).toBe(0);
      const args = verifyArgs(keys.verifying, scheme, JSON.parse(made.stdout));
      expect(canbao(...args, '--body', file).status).toBe(0);
      const wrong = canbao(...args, '--body', join(folder, 'key'), '--json');
      expect(wrong.status).toBe(1);
      expect(JSON.parse(wrong.stdout)).toMatchObject({ valid: false, fault: 'wrong-signature' });
    }
  });

  it('checks old messages as if it were then, and shows in both languages what is wrong now', () => {
    const args = verifyArgs(key, 'v1', {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
    });
    expect(canbao(...args, '--body', file, '--now', timestamp)).toMatchObject({ status: 0 });
    const now = canbao(...args, '--body', file);
    expect(now.status).toBe(1);
    expect(now.stdout).toContain('时间超出允许的偏差');
    expect(now.stdout).toContain('outside the tolerance');
  });

  it('called wrongly says so and ends with 2', () => {
    const signArgs = ['sign', '--body', file, '--scheme'];
    for (const args of [
      [...signArgs, 'v1', '--key', 'whsec_short'],
      [...signArgs, 'v2', '--key', key],
      [...signArgs, 'v1', '--key', key, '--id', 'a.b'],
      [...signArgs, 'v1', '--key', key, '--now', 'soon'],
      ['sign', '--body', join(folder, 'none'), '--scheme', 'v1', '--key', key],
      ['verify', '--scheme', 'v1'],
    ]) {
      const { status, stdout, stderr } = canbao(...args);
      expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: '' });
      expect(stderr).not.toContain(' at ');
    }
  });

  it('prints the published vectors', () => {
    const { stdout } = canbao('vectors', '--scheme', 'sm2');
    expect(JSON.parse(stdout)).toEqual([vectorsOf('sm2')]);
  });
});
