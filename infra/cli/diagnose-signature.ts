import { createHash, createHmac } from 'node:crypto';
import type { Scheme } from '../../functions/runtime/signatures/scheme.ts';
import {
  type SignatureFault,
  type SignedHeaders,
  sign,
  verify,
} from '../../functions/runtime/signatures/standard-webhooks.ts';

type Remark = { readonly code: string; readonly zh: string; readonly en: string };

/** What an engineer wants to know of a message that does not pass. */
export type Diagnosis = {
  readonly valid: boolean;
  readonly fault?: SignatureFault;
  readonly remarks: readonly Remark[];
  /** How old the message is at that moment; negative: from the future. */
  readonly ageSeconds?: number;
  /** What stands before the comma of each signature in the header. */
  readonly offered: readonly string[];
  /** For the schemes with a shared secret: the signature that would have passed. */
  readonly expected?: string;
  /** What has to be signed: how many bytes, their SHA-256, and their beginning in hexadecimal. */
  readonly content: { readonly bytes: number; readonly sha256: string; readonly beginsWith: string };
};

export type Message = { readonly headers: SignedHeaders; readonly body: Uint8Array };

/** Says whether a message passes, and where it does not, tries what is most often done wrong. */
export function diagnose(
  scheme: Scheme,
  key: string,
  { headers, body }: Message,
  at: Date,
  toleranceSeconds: number,
): Diagnosis {
  const keys = [{ kid: 'given', scheme, key, notBefore: '1970-01-01T00:00:00Z' }];
  const { fault } = verify(keys, headers, body, at, toleranceSeconds);
  const { id, timestamp, signature } = headers;
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const timely = new Date(Number(timestamp) * 1000);
  const passes = (change: Partial<SignedHeaders>, otherBody = body) =>
    verify(keys, { ...headers, ...change }, otherBody, timely).fault === undefined;
  const wellFormed = fault === undefined || !fault.startsWith('malformed');
  return {
    valid: fault === undefined,
    ...(fault === undefined ? {} : { fault }),
    remarks: fault === undefined ? [] : remarksOn(fault, scheme, key, { headers, body }, passes),
    ...(/^\d{10}$/.test(timestamp) ? { ageSeconds: Math.round((at.getTime() - timely.getTime()) / 1000) } : {}),
    offered: signature === '' ? [] : signature.split(' ').map((one) => one.split(',')[0]!),
    ...(wellFormed && (scheme === 'v1' || scheme === 'sm3')
      ? { expected: sign(keys, id, timely, body)!.signature }
      : {}),
    content: {
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      beginsWith: content.subarray(0, 64).toString('hex'),
    },
  };
}

type Passes = (change: Partial<SignedHeaders>, body?: Uint8Array) => boolean;

function remarksOn(fault: SignatureFault, scheme: Scheme, key: string, message: Message, passes: Passes): Remark[] {
  const { headers, body } = message;
  const remarks: Remark[] = [forms[fault]];
  if (fault === 'malformed-timestamp' && /^\d{13}$/.test(headers.timestamp)) remarks.push(mistakes.milliseconds);
  if (fault === 'stale' && passes({})) remarks.push(mistakes.onlyStale);
  if (fault === 'no-configured-scheme') {
    const relabelled = headers.signature.split(' ').map((one) => `${scheme},${one.split(',').at(-1)}`);
    if (passes({ signature: relabelled.join(' ') })) remarks.push(mistakes.label);
  }
  if (fault === 'malformed-timestamp' || fault === 'malformed-id' || fault === 'malformed-signature') return remarks;
  if (passes({})) return remarks;
  const found = new Set([
    // The first one: a body less its last line end is also one that was written again.
    ...otherBodies(body)
      .filter(([, other]) => passes({}, other))
      .map(([mistake]) => mistakes[mistake])
      .slice(0, 1),
    ...(secondsNearby(headers.timestamp).some((timestamp) => passes({ timestamp })) ? [mistakes.otherSecond] : []),
    ...otherTexts(scheme, headers.signature).flatMap(([mistake, text]) =>
      passes({ signature: text }) ? [mistakes[mistake]] : [],
    ),
    ...otherKeys(scheme, key, message),
  ]);
  if (found.size === 0 && fault === 'wrong-signature') found.add(mistakes.unknown);
  return [...remarks, ...found];
}

/** Whoever asks the clock once for the header and once for the signature is a second or two beside it. */
const secondsNearby = (timestamp: string): string[] =>
  [-3, -2, -1, 1, 2, 3].map((seconds) => String(Number(timestamp) + seconds));

function otherBodies(body: Uint8Array): [keyof typeof mistakes, Uint8Array][] {
  const text = Buffer.from(body).toString('utf8');
  const bodies: [keyof typeof mistakes, string][] = [
    ['lineEndMissing', `${text}\n`],
    ['lineEndMissing', `${text}\r\n`],
    ['lineEndAdded', text.replace(/\r?\n$/, '')],
    ['lineEndsChanged', text.replaceAll('\r\n', '\n')],
    ['lineEndsChanged', text.replaceAll(/\r?\n/g, '\r\n')],
    ['byteOrderMark', text.replace(/^\uFEFF/, '')],
  ];
  try {
    const compact = JSON.stringify(JSON.parse(text));
    bodies.push(['reserialised', compact], ['reserialised', JSON.stringify(JSON.parse(text), null, 2)]);
    // As Python's json.dumps writes it: a space behind each comma and colon outside of texts.
    const spaced = compact.replaceAll(/("(?:[^"\\]|\\.)*")|([,:])/g, (_, quoted, mark) => quoted ?? `${mark} `);
    const escaped = (json: string) =>
      json.replaceAll(/[^\0-\x7f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
    bodies.push(['reserialised', spaced], ['reserialised', escaped(spaced)], ['reserialised', escaped(compact)]);
  } catch {
    // Not JSON: nothing could have been written again.
  }
  return bodies.filter(([, one]) => one !== text).map(([mistake, one]) => [mistake, Buffer.from(one)]);
}

function otherTexts(scheme: Scheme, signature: string): [keyof typeof mistakes, string][] {
  const own = signature.split(' ').filter((one) => one.startsWith(`${scheme},`));
  return own.flatMap((one): [keyof typeof mistakes, string][] => {
    const text = one.slice(scheme.length + 1);
    const labelled = (bytes: Buffer) => `${scheme},${bytes.toString('base64')}`;
    const found: [keyof typeof mistakes, string][] = [];
    if (/^[0-9a-f]+$/i.test(text)) found.push(['hexadecimal', labelled(Buffer.from(text, 'hex'))]);
    const inside = Buffer.from(text, 'base64').toString('latin1');
    if (/^([0-9a-f]{2})+$/i.test(inside)) found.push(['hexadecimalInside', labelled(Buffer.from(inside, 'hex'))]);
    const canonical = labelled(Buffer.from(text, 'base64'));
    if (canonical !== one) found.push(['notCanonical', canonical]);
    const raw = scheme === 'sm2' ? rawOfDer(Buffer.from(text, 'base64')) : undefined;
    if (raw !== undefined) found.push(['der', labelled(raw)]);
    return found;
  });
}

/** For the schemes with a shared secret: what it looks like when the secret or the content was put together wrongly. */
function otherKeys(
  scheme: Scheme,
  key: string,
  { headers, body }: Message,
): (typeof mistakes)[keyof typeof mistakes][] {
  if (scheme !== 'v1' && scheme !== 'sm3') return [];
  const hash = scheme === 'v1' ? 'sha256' : 'sm3';
  const prefix = `${headers.id}.${headers.timestamp}.`;
  const mac = (secret: string | Buffer, ...parts: (string | Uint8Array)[]) => {
    const made = createHmac(hash, secret);
    for (const part of parts) made.update(part);
    return `${scheme},${made.digest('base64')}`;
  };
  const decoded = Buffer.from(key.slice('whsec_'.length), 'base64');
  const offered = headers.signature.split(' ');
  const tried: [keyof typeof mistakes, string][] = [
    ['keyNotDecoded', mac(key, prefix, body)],
    ['keyNotDecoded', mac(key.slice('whsec_'.length), prefix, body)],
    ['bodyAlone', mac(decoded, body)],
    ['withoutId', mac(decoded, `${headers.timestamp}.`, body)],
    ['digestSigned', mac(decoded, createHash(hash).update(prefix).update(body).digest())],
  ];
  return tried.filter(([, signature]) => offered.includes(signature)).map(([mistake]) => mistakes[mistake]);
}

/** r‖s of a DER SEQUENCE of two INTEGERs; undefined when it is none. */
function rawOfDer(der: Buffer): Buffer | undefined {
  const first = 4 + (der[3] ?? 0);
  const second = first + 2 + (der[first + 1] ?? 0);
  if (der[0] !== 0x30 || der[2] !== 2 || der[first] !== 2 || second !== der.length) return undefined;
  const padded = (bytes: Buffer) => Buffer.concat([Buffer.alloc(32), bytes]).subarray(-32);
  return Buffer.concat([padded(der.subarray(4, first)), padded(der.subarray(first + 2))]);
}

const forms: Record<SignatureFault, Remark> = {
  'malformed-id': {
    code: 'malformed-id',
    zh: 'webhook-id 应为 1 至 256 个可见 ASCII 字符，且不含点号',
    en: 'webhook-id has 1 to 256 visible ASCII characters, and no dot',
  },
  'malformed-timestamp': {
    code: 'malformed-timestamp',
    zh: 'webhook-timestamp 应为十位数字（Unix 秒）',
    en: 'webhook-timestamp is ten digits (Unix time in seconds) and nothing else',
  },
  'malformed-signature': {
    code: 'malformed-signature',
    zh: 'webhook-signature 应有 1 至 10 个签名，以一个空格分隔',
    en: 'webhook-signature lists one to ten signatures with a space between them',
  },
  stale: { code: 'stale', zh: '时间超出允许的偏差', en: 'The time is outside the tolerance' },
  'no-valid-key': { code: 'no-valid-key', zh: '没有有效的密钥', en: 'No key is valid' },
  'no-configured-scheme': {
    code: 'no-configured-scheme',
    zh: '没有所选算法的签名；其他算法的签名不予考虑',
    en: 'No signature of this scheme is there; those of other schemes are passed over',
  },
  'wrong-signature': { code: 'wrong-signature', zh: '签名不符', en: 'The signature does not fit' },
};

const mistakes = {
  milliseconds: {
    code: 'milliseconds',
    zh: '时间是毫秒，应为秒',
    en: 'The time is in milliseconds; it has to be in seconds',
  },
  onlyStale: {
    code: 'only-stale',
    zh: '除时间外签名正确：请检查时钟，或每次重发时重新签名（用 --now 检验旧消息）',
    en: 'But for its age the signature is right: check the clocks, sign each attempt anew (--now checks old messages)',
  },
  label: {
    code: 'label',
    zh: '签名本身正确，只是算法标识写错',
    en: 'The signature itself is right; only its scheme is written wrongly',
  },
  lineEndMissing: {
    code: 'line-end-missing',
    zh: '签名时正文末尾有换行，而这里没有',
    en: 'The body that was signed has a line end at its end; this one has none',
  },
  lineEndAdded: {
    code: 'line-end-added',
    zh: '这里的正文末尾多了一个换行（编辑器或 echo 常会加上）',
    en: 'This body has a line end at its end that was not signed (editors and echo add one)',
  },
  lineEndsChanged: {
    code: 'line-ends-changed',
    zh: '换行符被转换（CRLF 与 LF）',
    en: 'Line ends were converted (CRLF and LF)',
  },
  byteOrderMark: {
    code: 'byte-order-mark',
    zh: '正文开头多了字节顺序标记（BOM）',
    en: 'The body begins with a byte order mark that was not signed',
  },
  reserialised: {
    code: 'reserialised',
    zh: '正文被解析后重新写出：签名针对收到的原始字节，应先验签再解析',
    en: 'The body was parsed and written again: the signature is over the raw bytes; verify first, then parse',
  },
  hexadecimal: {
    code: 'hexadecimal',
    zh: '签名以十六进制书写，应为 base64',
    en: 'The signature is written in hexadecimal; it has to be base64',
  },
  hexadecimalInside: {
    code: 'hexadecimal-inside',
    zh: '十六进制文本被再编为 base64：应对签名的原始字节做 base64',
    en: 'The text of a hexadecimal signature was put into base64; it has to be the bytes of the signature',
  },
  otherSecond: {
    code: 'other-second',
    zh: '签名用的时间与 webhook-timestamp 差几秒：两处须用同一次取得的时间',
    en: 'The time that was signed is a few seconds beside webhook-timestamp: ask the clock once for both',
  },
  notCanonical: {
    code: 'not-canonical',
    zh: '签名不是标准 base64（应有填充，使用 + 和 /，无空白）',
    en: 'The signature is not canonical base64 (padded, with + and /, no spaces)',
  },
  der: {
    code: 'der',
    zh: '签名是 DER 编码，应为 r‖s 各 32 字节',
    en: 'The signature is in DER; it has to be r‖s, 32 bytes each',
  },
  keyNotDecoded: {
    code: 'key-not-decoded',
    zh: '密钥文本被直接使用：应去掉 whsec_ 并对其余部分做 base64 解码',
    en: 'The text of the key was used as the key: take off whsec_ and decode the rest from base64',
  },
  bodyAlone: {
    code: 'body-alone',
    zh: '只签了正文：应签 id.timestamp.正文',
    en: 'Only the body was signed: sign id.timestamp.body',
  },
  withoutId: {
    code: 'without-id',
    zh: '只签了时间和正文：应签 id.timestamp.正文',
    en: 'Only time and body were signed: sign id.timestamp.body',
  },
  digestSigned: {
    code: 'digest-signed',
    zh: '签的是内容的摘要，应签内容本身',
    en: 'The digest of the content was signed, not the content itself',
  },
  unknown: {
    code: 'unknown',
    zh: '不是常见错误：请比较签名内容的字节数、SHA-256 与开头，并核对密钥（贵司以 in 的签名，枢纽以 out 的签名）',
    en: 'None of the common mistakes: compare the bytes, SHA-256 and beginning of what is signed, and the key (insurers sign with the one of direction in, the hub with that of out)',
  },
} satisfies Record<string, Remark>;
