import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { RouteDeclaration } from './declarations.ts';
import { FunctionFailure } from './function-failure.ts';
import type { Functions } from './functions.ts';
import { accountId } from './intrinsics.ts';

// Quotas of HTTP APIs, and of Lambda for an event.
const bodyLimitBytes = 10 * 1024 * 1024;
const headerLimitBytes = 10_240;
const eventLimitBytes = 6 * 1024 * 1024;

export type HttpApi = {
  readonly url: string;
  serve(routes: readonly RouteDeclaration[], functions: Functions): void;
  stop(): Promise<void>;
};

/** The HTTP API: what API Gateway does between a request and a function, payload format 2.0, for this machine only. */
export async function startHttpApi(port: number): Promise<HttpApi> {
  let answer = async (_request: IncomingMessage): Promise<Answer> => refusal(503, 'Service Unavailable');
  const server = createServer({ maxHeaderSize: headerLimitBytes }, (request, response) => {
    answer(request)
      .catch(() => refusal(500, 'Internal Server Error'))
      .then((ready) => write(response, ready));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: actual } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${actual}`,
    serve(routes, functions) {
      const parsed = routes.map(parseRoute).sort((one, other) => other.rank - one.rank);
      answer = (request) => serve(request, parsed, functions);
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

type Answer = { status: number; headers: Record<string, string | string[]>; body: Buffer | string };

async function serve(request: IncomingMessage, routes: readonly Route[], functions: Functions): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://hub');
  const route = routes.find(
    ({ method, pattern }) => (method === 'ANY' || method === request.method) && pattern.test(url.pathname),
  );
  // API Gateway's HTTP APIs know no 405: a path with another method is as little a route as any other.
  if (route === undefined) return refusal(404, 'Not Found');
  const body = await bodyOf(request);
  if (body === undefined) return { ...tooLarge, headers: { ...json, connection: 'close' } };
  const event = eventOf(request, url, route, body);
  // JSON makes no body more than six times as long.
  if (
    body.length > eventLimitBytes / 6 - headerLimitBytes &&
    Buffer.byteLength(JSON.stringify(event)) > eventLimitBytes
  )
    return tooLarge;
  try {
    return await withinTime(functions.invoke(route.function, event).then(answerOf), route.timeoutSeconds);
  } catch (error) {
    if (!(error instanceof FunctionFailure)) throw error;
    return error.reason === 'timeout' ? refusal(503, 'Service Unavailable') : refusal(500, 'Internal Server Error');
  }
}

/** The integration's own limit: the caller waits no longer, while the function goes on to its own limit. */
async function withinTime(answer: Promise<Answer>, seconds: number): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(refusal(503, 'Service Unavailable')), seconds * 1000);
  });
  answer.catch(() => {});
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

type Route = RouteDeclaration & { method: string; pattern: RegExp; rank: number };

/** Most specific first: fixed parts before parameters before `{proxy+}` before `$default`, a method before `ANY`. */
function parseRoute(declaration: RouteDeclaration): Route {
  if (declaration.key === '$default') return { ...declaration, method: 'ANY', pattern: /^/, rank: -1 };
  const [method = '', path = ''] = declaration.key.split(' ');
  const parts = path.split('/').slice(1);
  const pattern = parts.map((part) => {
    const parameter = /^\{(\w+)(\+?)\}$/.exec(part);
    if (parameter === null) return `/${part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
    return parameter[2] ? `/(?<${parameter[1]}>.+)` : `/(?<${parameter[1]}>[^/]+)`;
  });
  const weights = parts.map((part) => (part.endsWith('+}') ? 1 : part.startsWith('{') ? 2 : 3));
  // Compared part by part, as digits after a point; the method decides between equal paths.
  const rank = Number(`0.${weights.join('')}${method === 'ANY' ? 0 : 1}`);
  return { ...declaration, method, pattern: new RegExp(`^${pattern.join('')}$`), rank };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = Number(request.headers['content-length'] ?? 0);
  if (bytes > bodyLimitBytes) return undefined;
  bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyLimitBytes) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function eventOf(request: IncomingMessage, url: URL, route: Route, body: Buffer): object {
  // Distinct, because Node's own `headers` drop the second of some.
  const { cookie, ...others } = request.headersDistinct;
  const headers = Object.entries(others).map(([name, values = []]) => [name, values.join(',')]);
  const parameters = Object.entries(route.pattern.exec(url.pathname)?.groups ?? {});
  const query = [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(',')]);
  const text = isText(request.headers['content-type']) && isUtf8(body);
  const now = new Date();
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie !== undefined && { cookies: cookie.join(';').split(/;\s*/) }),
    headers: Object.fromEntries(headers),
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    ...(parameters.length > 0 && {
      pathParameters: Object.fromEntries(parameters.map(([name, value]) => [name, decodeURIComponent(value)])),
    }),
    requestContext: {
      accountId,
      apiId: 'embedded',
      domainName: request.headers.host ?? '127.0.0.1',
      domainPrefix: 'embedded',
      http: {
        method: request.method,
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: route.key,
      stage: '$default',
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !text,
  };
}

/**
 * The types that API Gateway passes on as text; forms are not among them. A body that says it is text and is not UTF-8
 * comes as base64 too, so that it is the same bytes for who checks a signature.
 */
function isText(contentType: string | undefined): boolean {
  return (
    contentType === undefined || /^(text\/|application\/(json|xml|javascript)\b|[^;]*\+(json|xml)\b)/i.test(contentType)
  );
}

function commonLogTime(time: Date): string {
  const [, day, month, year, clock] = /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

type FunctionAnswer = {
  statusCode?: number;
  headers?: Record<string, unknown>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
};

/** A result without a status code is the body of a 200, as JSON. */
function answerOf(result: unknown): Answer {
  const full = result as FunctionAnswer | null | undefined;
  if (typeof full !== 'object' || full === null || full.statusCode === undefined) {
    return { status: 200, headers: json, body: typeof result === 'string' ? result : JSON.stringify(result ?? null) };
  }
  const given = Object.entries(full.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status: Number(full.statusCode),
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(given),
      ...(full.cookies && { 'set-cookie': full.cookies }),
    },
    body: full.isBase64Encoded ? Buffer.from(full.body ?? '', 'base64') : (full.body ?? ''),
  };
}

const json = { 'content-type': 'application/json' };
const tooLarge = refusal(413, 'Request Entity Too Large');

function refusal(status: number, message: string): Answer {
  return { status, headers: json, body: JSON.stringify({ message }) };
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  const { 'content-length': _, 'transfer-encoding': __, ...others } = headers;
  response.writeHead(status, { ...others, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
