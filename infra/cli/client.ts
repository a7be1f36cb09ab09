import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { clientKeys } from '../../functions/runtime/signatures/client-key.ts';
import { sign, toWire } from '../../functions/runtime/signatures/standard-webhooks.ts';
import type { Problem } from '../../schemas/problem.ts';
import type { SumDifference } from '../../schemas/settlement.ts';
import { UsageError } from './usage-error.ts';

/** Speaks to any hub, embedded or on AWS, through its public interface. */
export type HubClient = {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  put<Answer>(path: string, body: unknown): Promise<Answer>;
  /** The page that people read at a path. */
  page(path: string): Promise<string>;
};

/** Where a hub is, and whose key signs; an embedded hub leaves it in its data folder for the other commands. */
export type HubAddress = { readonly endpoint: string; readonly key: string; readonly client?: string };
export const addressFile = 'hub.json';

/** An answer of the hub that is no success, with its stable code. */
export class HubRefusal extends Error {
  readonly code: string;
  readonly status: number;
  /** What is wrong, place by place, where the hub says so. */
  readonly issues: NonNullable<Problem['issues']>;
  /** Sums of a bill that differ. */
  readonly sums: readonly SumDifference[];
  constructor(status: number, problem: Partial<Problem>) {
    super([problem.title, oneLine(problem.detail)].filter(Boolean).join('\n') || `HTTP ${status}`);
    this.code = problem.code ?? 'unknown';
    this.status = status;
    this.issues = problem.issues ?? [];
    this.sums = problem.sums ?? [];
  }
}

/** A sum of a bill that differs. */
export const sumLine = ({ field, stated, computed, of }: SumDifference): string =>
  `  ${field}: 单据 stated ${stated} ≠ 合计 computed ${computed} = ${of.join(' + ')}`;

/** What zod says in a line for each issue and one for its place. */
const oneLine = (text = ''): string =>
  text
    .replace(/✖ /g, '')
    .replace(/\n\s*→ at (\S+)/g, ' ($1)')
    .replace(/\s*\n\s*/g, '; ');

/** Nothing answers where the hub should be, or something else does. */
export class HubUnreachable extends Error {
  constructor(endpoint: string, cause: unknown, { answered = false } = {}) {
    super(
      answered
        ? `${endpoint} 的应答不是枢纽的应答：请核对地址\nWhat answers at ${endpoint} is no hub: see that the address is right`
        : `无法连接枢纽 ${endpoint}：请确认它正在运行、地址无误\nThe hub at ${endpoint} does not answer: see that it runs, and that the address is right`,
      { cause },
    );
  }
}

/** What an answer that is no success says: the hub's refusal, or that no hub is there. */
async function failureOf(endpoint: string, client: string, answer: Response): Promise<Error> {
  const { status } = answer;
  const { Problem } = await import('../../schemas/problem.ts');
  const said = Problem.partial().safeParse(await answer.json().catch(() => undefined));
  if (!said.success && status < 500) return new HubUnreachable(endpoint, `HTTP ${status}`, { answered: true });
  if (said.data?.code === undefined && status >= 500) {
    const [title, detail] = ['枢纽暂时无法应答，请稍后重试', 'The hub cannot answer just now: try again in a moment'];
    return new HubRefusal(status, { code: `http-${status}`, title, detail });
  }
  const { title, detail, ...problem } = said.data ?? {};
  if (problem.code !== 'not-signed') return new HubRefusal(status, said.data ?? {});
  // The hub says to strangers the same whatever is wrong; here it is known who asks.
  return new HubRefusal(status, {
    ...problem,
    title: `${title}：请核对 CANBAO_CLIENT（${client}）与 CANBAO_KEY 是否为同一人的、本机时钟是否准确；核心系统的密钥不能用于经办命令`,
    detail: `${detail}: see that CANBAO_CLIENT (${client}) and CANBAO_KEY belong together, and that the clock of this machine is right; the core system’s key is not for what operators do`,
  });
}

export function hubClient({ endpoint, key, client = 'operator' }: HubAddress, now = () => new Date()): HubClient {
  const keys = clientKeys(client, key);
  const send = async (method: string, path: string, accept: string, content?: unknown): Promise<Response> => {
    const body = content === undefined ? '' : JSON.stringify(content);
    const signed = sign(keys, randomUUID(), now(), Buffer.from(body));
    if (signed === undefined) throw new Error('The client has no valid key.');
    const request = fetch(`${endpoint}/v1${path}`, {
      method,
      headers: {
        accept,
        'content-type': 'application/json',
        'canbao-client': client,
        ...toWire(signed),
      },
      ...(body === '' ? {} : { body }),
    });
    const answer = await request.catch((cause: unknown) => {
      throw new HubUnreachable(endpoint, cause);
    });
    if (!answer.ok) throw await failureOf(endpoint, client, answer);
    return answer;
  };
  const ask = async <Answer>(method: string, path: string, content?: unknown): Promise<Answer> => {
    const answer = await send(method, path, 'application/json', content);
    const json: unknown = await answer.json().catch((cause: unknown) => {
      throw new HubUnreachable(endpoint, cause, { answered: true });
    });
    return json as Answer;
  };
  return {
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    put: (path, body) => ask('PUT', path, body),
    page: async (path) => (await send('GET', path, 'text/html')).text(),
  };
}

/**
 * Where the hub is: `--endpoint` with the key in CANBAO_KEY, else the running embedded hub of the data folder. Who has a
 * key of their own says in CANBAO_CLIENT whose it is.
 */
export function addressOf(options: { endpoint?: string; data: string }): HubAddress {
  const { CANBAO_KEY: key, CANBAO_CLIENT: client } = process.env;
  if (options.endpoint === undefined && client === undefined) return embeddedAddress(options.data);
  if (key === undefined)
    throw new UsageError('缺少密钥：请设置环境变量 CANBAO_KEY', 'No key: set the environment variable CANBAO_KEY');
  if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(key))
    throw new UsageError(
      'CANBAO_KEY 不是有效的密钥，应如 canbao client-key 所示：whsec_…',
      'CANBAO_KEY is no key; it looks like what "canbao client-key" shows: whsec_…',
    );
  const endpoint = options.endpoint ?? embeddedAddress(options.data).endpoint;
  return { endpoint, key, ...(client === undefined ? {} : { client }) };
}

/** The hub that a command was told to speak to. */
export const hubOf = (options: { endpoint?: string; data: string }): HubClient => hubClient(addressOf(options));

function embeddedAddress(data: string): HubAddress {
  try {
    return JSON.parse(readFileSync(join(data, addressFile), 'utf8')) as HubAddress;
  } catch {
    throw new UsageError(
      `没有找到正在运行的枢纽（${data}）：请先运行 npm run canbao -- up，或用 --endpoint 指定`,
      `No running hub found in ${data}: start one with "npm run canbao -- up", or name it with --endpoint`,
    );
  }
}

/** What was stored: digest and length of the bytes as they went out, and the name that the store gave them. */
type Uploaded = { readonly sha256: string; readonly bytes: number; readonly eTag: string };

/** Stores a local file at an address the hub has given for it. `fetch` would have all of it in memory: 2 GB of 2 GB. */
export async function upload(url: string, path: string): Promise<Uploaded> {
  const { size } = await stat(path);
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const put = request(url, { method: 'PUT', headers: { 'content-length': size } });
  const file = createReadStream(path);
  const digest = createHash('sha256');
  file.on('data', (chunk) => void digest.update(chunk));
  const [answered] = await Promise.all([once(put, 'response'), pipeline(file, put)]).catch((cause: unknown) => {
    throw new HubUnreachable(new URL(url).origin, cause);
  });
  const [answer] = answered as [IncomingMessage];
  answer.resume();
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 299)
    throw new HubRefusal(status, {
      code: 'upload-failed',
      title: '上传失败，请重新报送',
      detail: 'The upload failed: push it again',
    });
  return { sha256: digest.digest('hex'), bytes: size, eTag: String(answer.headers.etag ?? '').replaceAll('"', '') };
}

/** Copies an object from an address the hub has given for it. */
export async function download(url: string, path: string): Promise<void> {
  const { body } = await fetched(url);
  await mkdir(dirname(path), { recursive: true });
  if (body !== null) await pipeline(Readable.fromWeb(body as ReadableStream), createWriteStream(path));
}

/** What stands at an address that the hub has given. */
export async function fetched(url: string): Promise<Response> {
  const answer = await fetch(url).catch((cause: unknown) => {
    throw new HubUnreachable(new URL(url).origin, cause);
  });
  if (answer.ok) return answer;
  const detail = 'The download failed: ask the hub for it again, its address is good for some minutes';
  throw new HubRefusal(answer.status, { code: 'download-failed', title: '下载失败：地址数分钟内有效，请重试', detail });
}
