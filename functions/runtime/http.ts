import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { handle } from 'hono/aws-lambda';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { logger } from './logger.ts';
import { faultOf } from './queues.ts';
import { hubSecret } from './secret.ts';
import { clientKey, clientKeys, clientName } from './signatures/client-key.ts';
import { fromWire, verify } from './signatures/standard-webhooks.ts';

/** Header that names the machine client, or the operator, whose key signed the request. */
export const clientHeader = 'canbao-client';

/** Machine clients; each has its own key. `core`: the bureau's core system. */
export type Client = 'operator' | 'core';

export type ApiVariables = {
  /** Who asked: recorded with every decision. */
  client: Client;
  /** Which operator, where the key that signed is one person's own. */
  person?: string;
  /** The request's own id (`webhook-id`): the same request sent twice carries the same id. */
  requestId: string;
  now: Date;
  /** What the trail keeps of the request, where its path does not say it: references, never a name or a number. */
  about?: Readonly<Record<string, string>>;
};
export type Api = Hono<{ Variables: ApiVariables }>;

export type HttpOptions = {
  readonly clients?: readonly Client[];
  readonly open?: (api: Api) => void;
  /** Whether the key of a person, such as `operator/li`, was taken away. */
  readonly isRevoked: (person: string) => Promise<boolean>;
};

/**
 * The `/v1` API for some clients: every route but `GET /health` and those of `open` wants a signed request; errors
 * are RFC 9457 problem documents.
 */
export function httpHandler(
  addRoutes: (api: Api) => void,
  { clients = ['operator'], open = () => {}, isRevoked }: HttpOptions,
) {
  const api: Api = new Hono<{ Variables: ApiVariables }>().basePath('/v1');
  api.get('/health', (context) => context.json({ status: 'ok' }));
  open(api);
  api.use(async (context, next) => {
    const now = new Date();
    const named = context.req.header(clientHeader) ?? '';
    const [role, person] = clientName.test(named) ? named.split('/') : [];
    const client = clients.find((known) => known === role);
    const headers = fromWire((name) => context.req.header(name));
    const body = new Uint8Array(await context.req.arrayBuffer());
    const keys = client === undefined ? [] : clientKeys(named, clientKey(await hubSecret(), named));
    const { fault } = verify(keys, headers, body, now);
    if (client === undefined || fault !== undefined) {
      logger.warn('request refused', { fault });
      return problem(
        401,
        'not-signed',
        '请求未签名或签名无效',
        'The request is not signed, or its signature is not valid',
      );
    }
    if (person !== undefined && (await isRevoked(named)))
      return problem(
        401,
        'key-revoked',
        '该密钥已被吊销，请换名另领',
        'This key was taken away: get one under another name',
      );
    context.set('client', client);
    if (person !== undefined) context.set('person', person);
    context.set('requestId', headers.id ?? '');
    context.set('now', now);
    const json = context.req.json.bind(context.req);
    // Hono throws what JSON.parse throws, and that would pass for a fault of ours.
    context.req.json = () => json().catch(notJson);
    return next();
  });
  addRoutes(api);
  api.notFound(() => problem(404, 'not-found', '没有该资源', 'There is no such resource'));
  api.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof z.ZodError)
      return problem(400, 'bad-request', `请求内容不符合要求：${wrongPlaces(error)}`, z.prettifyError(error));
    logger.error('request failed', { fault: faultOf(error) });
    return problem(500, 'fault', '系统故障，请稍后重试', 'Something went wrong here; please try again');
  });
  return Object.assign(handle(api), { routes: api.routes });
}

/** What zod found, place by place, in Chinese; what we say ourselves is in both languages already. */
function wrongPlaces({ issues }: z.ZodError): string {
  const { localeError } = z.locales.zhCN();
  const words = (issue: z.core.$ZodIssue): string => {
    const said = issue.code === 'custom' ? issue.message : localeError(issue as z.core.$ZodRawIssue);
    return typeof said === 'string' ? said : (said?.message ?? issue.message);
  };
  return issues.map((issue) => [issue.path.join('.'), words(issue)].filter(Boolean).join(' ')).join('；');
}

const notJson = (cause: unknown): never => {
  const res = problem(400, 'bad-request', '请求内容不是有效的 JSON', 'The body of the request is not JSON');
  throw new HTTPException(400, { res, cause });
};

/** Whose key signed the request: a client's, `operator`, or one person's own, `operator/li`. */
export function signerOf(context: Context<{ Variables: ApiVariables }>): string {
  const [client, person] = [context.get('client'), context.get('person')];
  return person === undefined ? client : `${client}/${person}`;
}

/** Lets nobody but operators past. */
export const operatorsOnly: MiddlewareHandler<{ Variables: ApiVariables }> = async (context, next) => {
  if (context.get('client') === 'operator') return next();
  return problem(403, 'not-allowed', '该客户端无此权限', 'This client may not do that');
};

/** An RFC 9457 problem document: a stable `code`, what is wrong in Chinese (`title`) and English (`detail`). */
export function problem(
  status: number,
  code: string,
  zh: string,
  en: string,
  more: Record<string, unknown> = {},
): Response {
  const body = { type: `https://canbao.example/problems/${code}`, status, code, title: zh, detail: en, ...more };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  });
}
