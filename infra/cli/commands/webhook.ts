import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkKey, keyForms } from '../../../functions/runtime/signatures/keys.ts';
import { type KeyRefusal, type KeyRole, type Scheme, schemes } from '../../../functions/runtime/signatures/scheme.ts';
import { sign, toWire } from '../../../functions/runtime/signatures/standard-webhooks.ts';
import { show } from '../answer.ts';
import { type Diagnosis, diagnose } from '../diagnose-signature.ts';
import { readGiven } from '../given-file.ts';
import { UsageError } from '../usage-error.ts';

type Common = { scheme: Scheme; key: string; body: string; json?: boolean };

/** Says of a message whether it would be let in, and if not, why. Needs no hub. Exit code 0: it would, 1: not. */
export async function verifyWebhook(
  options: Common & { id: string; timestamp: string; signature: string; tolerance: number; now?: string },
): Promise<void> {
  const { scheme, id, timestamp, signature, tolerance } = options;
  const key = await keyOf(scheme, 'verifying', options.key);
  const message = { headers: { id, timestamp, signature }, body: await readBody(options.body) };
  const diagnosis = diagnose(scheme, key, message, momentOf(options.now), tolerance);
  show(options, diagnosis, () => describe(diagnosis, tolerance));
  if (!diagnosis.valid) process.exitCode = 1;
}

/** Prints the three headers of a signed message. Needs no hub. */
export async function signWebhook(options: Common & { id?: string; now?: string }): Promise<void> {
  const { scheme, id = `msg_${randomUUID()}` } = options;
  if (!/^[\x21-\x2d\x2f-\x7e]{1,256}$/.test(id))
    throw new UsageError('id 应为可见 ASCII 字符，不含点号', 'An id is visible ASCII without a dot');
  const key = await keyOf(scheme, 'signing', options.key);
  const keys = [{ kid: 'given', scheme, key, notBefore: '1970-01-01T00:00:00Z' }];
  const headers = toWire(sign(keys, id, momentOf(options.now), await readBody(options.body))!);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  show(options, headers, () => lines.join('\n'));
}

/** Prints the published vectors, of one scheme or of all. */
export function printVectors({ scheme }: { scheme?: Scheme }): void {
  const wanted = scheme === undefined ? schemes : [scheme];
  const folder = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'signatures');
  const all = wanted.map((one) => JSON.parse(readFileSync(join(folder, `${one}.json`), 'utf8')) as unknown);
  process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
}

function describe({ valid, remarks, ageSeconds, offered, expected, content }: Diagnosis, tolerance: number): string {
  const lines = [
    valid ? '有效 valid' : '无效 not valid',
    ...remarks.map(({ zh, en }) => `  ${zh}\n  ${en}`),
    ...(ageSeconds === undefined ? [] : [`时间差 age: ${ageSeconds} s (±${tolerance} s)`]),
    `签名算法 schemes in the header: ${offered.join(' ') || '-'}`,
    ...(valid || expected === undefined ? [] : [`应为 expected: ${expected}`]),
    `签名内容 signed content: ${content.bytes} bytes, SHA-256 ${content.sha256}`,
    `  开头 begins with: ${content.beginsWith}`,
  ];
  return lines.join('\n');
}

/** `@FILE` is the key in a file: for PEM, and to keep secrets out of the shell's history. */
async function keyOf(scheme: Scheme, role: KeyRole, given: string): Promise<string> {
  const text = given.startsWith('@') ? (await readGiven(given.slice(1))).toString().trim() : given;
  const refusal = checkKey(scheme, role, text);
  if (refusal === undefined) return text;
  const { zh, en } = refusals[refusal];
  const form = keyForms[scheme][role];
  throw new UsageError(`密钥不可用：${zh}。应为 ${form}`, `The key cannot be used: ${en}. It is ${form}`);
}

const refusals: Record<KeyRefusal, { zh: string; en: string }> = {
  empty: { zh: '为空', en: 'it is empty' },
  'wrong-form': {
    zh: '前缀或格式不对（公钥与私钥是否弄混？）',
    en: 'its prefix or form is wrong (public and private key mixed up?)',
  },
  'not-base64': { zh: '不是标准 base64', en: 'it is not canonical base64' },
  'wrong-length': { zh: '长度不对', en: 'it has the wrong length' },
  'not-on-curve': { zh: '不在曲线上', en: 'it is no key on the curve' },
  unsafe: { zh: '不安全的密钥', en: 'it is not safe, or its halves do not belong together' },
};

const readBody = async (path: string): Promise<Buffer> => (path === '-' ? readFileSync(0) : readGiven(path));

/** Unix seconds or ISO 8601; absent: now. */
function momentOf(text: string | undefined): Date {
  if (text === undefined) return new Date();
  const moment = new Date(/^\d+$/.test(text) ? Number(text) * 1000 : text);
  if (moment.getTime() >= 1e12 && moment.getTime() < 1e13) return moment;
  throw new UsageError('--now 应为 Unix 秒或 ISO 8601 时间', '--now is Unix seconds or an ISO 8601 time');
}
