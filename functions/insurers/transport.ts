import { lookup as systemLookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Transport, TransportAnswer, TransportFault, TransportRequest } from '../runtime/ports.ts';
import { mayReach } from './addresses.ts';

/** More of an answer is not read. */
const mostAnswerBytes = 64 * 1024;

export type TransportOptions = {
  /** The embedded hub speaks with insurers on its own machine, without TLS. */
  readonly allowLoopback: boolean;
  /** How names become addresses. */
  readonly lookup?: LookupFunction;
  /** Certificates to trust in the place of the system's. */
  readonly ca?: string;
};

/**
 * One POST over HTTPS to an address that may be reached. The address is judged in the lookup of the very connection that
 * is made, so that a name cannot change its mind in between; every attempt has a connection of its own. No redirect is
 * followed, no proxy is asked.
 */
export function httpsTransport({ allowLoopback, lookup = systemLookup, ca }: TransportOptions): Transport {
  return async (request) => {
    const started = performance.now();
    const done = () => Math.round(performance.now() - started);
    const url = URL.parse(request.url);
    if (url === null || !isSpoken(url, allowLoopback)) return { fault: 'bad-url', milliseconds: done() };
    // An address in the place of a name is never looked up.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const mayGo = (address: string) =>
      mayReach(address, request.allowedRanges, allowLoopback) && (url.protocol === 'https:' || isLoopback(address));
    if (isIP(host) !== 0 && !mayGo(host)) return { fault: 'forbidden-address', milliseconds: done() };
    const signal = AbortSignal.timeout(request.timeoutMs);
    try {
      const answer = await post(url, request, {
        signal,
        lookup: judgedLookup(lookup, mayGo),
        ...(ca === undefined ? {} : { ca }),
      });
      return { ...answer, milliseconds: done() };
    } catch (error) {
      // Whatever the end of its time broke off, the time was the reason.
      return { fault: signal.aborted ? 'timeout' : faultOf(error), milliseconds: done() };
    }
  };
}

function isSpoken(url: URL, allowLoopback: boolean): boolean {
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && allowLoopback);
}

const isLoopback = (address: string): boolean => !mayReach(address, [], false) && mayReach(address, [], true);

async function post(
  url: URL,
  { headers, body }: TransportRequest,
  options: RequestOptions & { ca?: string },
): Promise<Omit<Extract<TransportAnswer, { status: number }>, 'milliseconds'>> {
  const speak = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = speak(url, {
      ...options,
      method: 'POST',
      // A connection that was kept could lead where its name no longer leads.
      agent: false,
      headers: { ...headers, 'content-length': body.length, 'accept-encoding': 'identity', connection: 'close' },
    });
    request.on('response', resolve);
    request.on('error', reject);
    // Closed without either: the other side wanted to speak another protocol (101).
    request.on('close', () => reject(new NoAnswer()));
    request.end(body);
  });
  try {
    const { bytes, cut } = await beginningOf(response);
    return { status: response.statusCode!, retryAfter: response.headers['retry-after'], body: bytes, cut };
  } finally {
    response.destroy();
  }
}

async function beginningOf(response: IncomingMessage): Promise<{ bytes: Buffer; cut: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > mostAnswerBytes) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, mostAnswerBytes), cut: length > mostAnswerBytes };
}

class ForbiddenAddress extends Error {}
class NoAnswer extends Error {}

/** Hands out only addresses that may be reached; of a name that has none, none. */
function judgedLookup(lookup: LookupFunction, mayGo: (address: string) => boolean): LookupFunction {
  return (name, options, answer) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return answer(error, []);
      const reachable = (found as { address: string; family: number }[]).filter(({ address }) => mayGo(address));
      const [first] = reachable;
      if (first === undefined) return answer(new ForbiddenAddress(), []);
      if (options.all) answer(null, reachable);
      else answer(null, first.address, first.family);
    });
  };
}

function faultOf(error: unknown): TransportFault {
  if (error instanceof ForbiddenAddress) return 'forbidden-address';
  if (error instanceof NoAnswer) return 'bad-answer';
  const { code = '' } = error as { code?: string };
  if (/^(ENOTFOUND|EAI_\w+)$/.test(code)) return 'unknown-name';
  if (/CERT|^ERR_TLS|^ERR_SSL|SIGNATURE|^EPROTO/.test(code)) return 'bad-certificate';
  if (/^HPE_/.test(code)) return 'bad-answer';
  return 'no-connection';
}
