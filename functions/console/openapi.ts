import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { IncomingMessage, maxIncomingBytes, outgoing, WebhookTaken } from '../../schemas/messages.ts';
import { Problem } from '../../schemas/problem.ts';
import { insurerOperations } from './operations/insurer-operations.ts';
import { listOperations } from './operations/list-operations.ts';
import type { Answer, Operation } from './operations/operation.ts';
import { settlementOperations } from './operations/settlement-operations.ts';

const SignedHeaders = z.object({
  'webhook-id': z
    .string()
    .regex(/^[\x21-\x2d\x2f-\x7e]{1,256}$/)
    .meta({ description: '报文编号，重发不变 · the same at every attempt; no dot' }),
  'webhook-timestamp': z
    .string()
    .regex(/^\d{10}$/)
    .meta({ description: '秒 · seconds of the epoch, ±300 s' }),
  'webhook-signature': z
    .string()
    .meta({ description: '`v1,…` `v1a,…` `sm2,…` `sm3,…`，空格分隔，至多 10 个 · separated by spaces, at most 10' }),
});
const ClientHeaders = SignedHeaders.extend({
  'canbao-client': z.string().meta({ description: 'operator, operator/li, core' }),
});

/** Every route, said once more for those who call it; test/console and test/flows hold it against routes and answers. */
const operations = { ...settlementOperations, ...insurerOperations, ...listOperations };

/** OpenAPI 3.1 of the API and of the webhooks in both directions, made from the schemas that the hub itself parses by. */
export function openApiDocument() {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'canbao 参保',
      version: '1',
      description:
        '请求与报文按 Standard Webhooks 1.0.0 签名；错误为 RFC 9457 文档，`code` 稳定不变。 · Requests and messages are signed as Standard Webhooks 1.0.0; errors are RFC 9457 documents with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ signature: [] }],
    components: {
      securitySchemes: { signature: { type: 'apiKey', in: 'header', name: 'webhook-signature' } },
    },
    paths: { ...paths(), '/v1/insurers/{insurer}/webhooks': { post: receiving } },
    webhooks: Object.fromEntries(Object.entries(outgoing).map(([type, message]) => [type, { post: sending(message) }])),
  });
}

function paths(): ZodOpenApiPathsObject {
  const found: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = name.split(' ');
    found[path] = { ...found[path], [method.toLowerCase()]: described(path, operation) };
  }
  return found;
}

function described(path: string, { zh, en, query, body, answers, refusals }: Operation): ZodOpenApiOperationObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const inPath = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  return {
    summary: zh,
    description: en,
    requestParams: {
      header: ClientHeaders,
      ...(names.length === 0 ? {} : { path: inPath }),
      ...(query === undefined ? {} : { query }),
    },
    ...(body === undefined ? {} : { requestBody: bodyOf(body) }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answered(answer)])),
      ...refused({ '401': '未签名或签名无效 · not signed', ...refusals, ...anyOther }),
    },
  };
}

const anyOther = {
  '4XX': '其他拒绝，见 `code` · refused for another reason: its `code` says which',
  '5XX': '故障，稍后以同一内容重试 · a fault: the same may be tried again later',
};

const bodyOf = (schema: z.ZodType) => ({ required: true, content: { 'application/json': { schema } } });

const answered = ({ words, content, page = false }: Answer) => ({
  description: words,
  content: { 'application/json': { schema: content }, ...(page ? { 'text/html': { schema: z.string() } } : {}) },
});

const refused = (refusals: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(refusals).map(([status, description]) => [
      status,
      { description, content: { 'application/problem+json': { schema: Problem } } },
    ]),
  );

/** insurer → hub */
const receiving: ZodOpenApiOperationObject = {
  summary: '保险公司的报文',
  description: `A message of an insurer, at most ${maxIncomingBytes / 1024} kB. 202 means that it is kept, not that it was posted: claim.posted or claim.refused says so.`,
  requestParams: { header: SignedHeaders, path: z.object({ insurer: z.string() }) },
  requestBody: bodyOf(IncomingMessage),
  responses: {
    '202': answered({ words: '已留存 · kept', content: WebhookTaken }),
    '200': answered({
      words: '同一编号再次到达，无第二次影响 · the same id again, no second effect',
      content: WebhookTaken,
    }),
    ...refused({
      '400': '内容不符合要求，逐项列出 · what is wrong with it',
      '401': '签名、时间或机构不符 · bad signature, stale time or unknown insurer',
      '409': '同一编号，另一内容 · the same id with another body',
      '413': '过大 · too large',
      '5XX': anyOther['5XX'],
    }),
  },
};

/** hub → insurer */
const sending = (message: z.ZodType): ZodOpenApiOperationObject => ({
  requestParams: { header: SignedHeaders },
  requestBody: bodyOf(message),
  responses: {
    '2XX': {
      description:
        '已收；settlement.notice 的答复可随带 claim.adjudicated · taken; the answer to settlement.notice may hold claim.adjudicated',
    },
    '410': { description: '不再接收，停止发送 · the endpoint is gone, nothing more is sent' },
  },
});
