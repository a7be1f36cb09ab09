import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type LookupFunction } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { httpsTransport } from '../../functions/insurers/transport.ts';
import type { TransportAnswer } from '../../functions/runtime/ports.ts';
import { selfSigned } from './self-signed.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const listening = async (server: Server | ReturnType<typeof createSocketServer>, address = '127.0.0.1') => {
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  closing.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};
const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  `http://127.0.0.1:${await listening(createServer(answer))}/hooks`;

const request = (url: string, more: { timeoutMs?: number; allowedRanges?: string[] } = {}) => ({
  url,
  headers: { 'content-type': 'application/json', 'webhook-id': 'm1' },
  body: Buffer.from('{"a":"参保"}'),
  allowedRanges: [],
  timeoutMs: 500,
  ...more,
});
const embedded = httpsTransport({ allowLoopback: true });
const strict = httpsTransport({ allowLoopback: false });
const faultOf = (answer: TransportAnswer) => answer.fault;
/** A resolver that answers one thing after the other. */
const names = (...answers: string[][]) => {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, _options, answer) => {
    asked.push(name);
    const found = answers[Math.min(asked.length, answers.length) - 1]!;
    answer(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { lookup, asked };
};

describe('a POST', () => {
  test('carries the very bytes and headers, and brings status and body back', async () => {
    const seen: { method?: string | undefined; id?: unknown; body: string }[] = [];
    const url = await serve(async (incoming, response) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      seen.push({ method: incoming.method, id: incoming.headers['webhook-id'], body });
      response.writeHead(202, { 'retry-after': '7' }).end('thanks');
    });
    const answer = await embedded(request(url));
    expect(seen).toEqual([{ method: 'POST', id: 'm1', body: '{"a":"参保"}' }]);
    expect(answer).toMatchObject({ status: 202, retryAfter: '7', cut: false, body: Buffer.from('thanks') });
  });

  test('follows no redirect', async () => {
    let visits = 0;
    const elsewhere = await serve((_, response) => {
      visits += 1;
      response.end();
    });
    const url = await serve((_, response) => response.writeHead(307, { location: elsewhere }).end());
    expect(await embedded(request(url))).toMatchObject({ status: 307 });
    expect(visits).toBe(0);
  });

  test('reads no more than 64 kB of an answer that does not end', async () => {
    let sent = 0;
    const url = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000))) sent += 10_000;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const answer = await embedded(request(url, { timeoutMs: 5000 }));
    expect(answer).toMatchObject({ status: 200, cut: true });
    expect('body' in answer && answer.body.length).toBe(65_536);
    expect(answer.milliseconds).toBeLessThan(4000);
    expect(sent).toBeLessThan(20_000_000);
  });

  for (const [what, answer] of Object.entries({
    'that never comes': () => {},
    'that begins and never ends': (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200);
      response.write('{');
    },
    'that comes drop by drop': (_: IncomingMessage, response: ServerResponse) => {
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    },
  })) {
    test(`waits no longer than its time for an answer ${what}`, async () => {
      const ended = await embedded(request(await serve(answer)));
      expect(faultOf(ended)).toBe('timeout');
      expect(ended.milliseconds).toBeGreaterThanOrEqual(490);
      expect(ended.milliseconds).toBeLessThan(1500);
    });
  }

  test('waits no longer than its time for a name or a connection', async () => {
    const silent = httpsTransport({ allowLoopback: true, lookup: () => {} });
    expect(faultOf(await silent(request('https://insurer.example/')))).toBe('timeout');
  });

  test('ends at once where the other side wants to speak another protocol, or says nothing', async () => {
    for (const said of ['HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', '']) {
      const port = await listening(createSocketServer((socket) => void socket.once('data', () => socket.end(said))));
      const answer = await embedded(request(`http://127.0.0.1:${port}/`));
      expect([said.slice(9, 12), faultOf(answer)]).toEqual([
        said.slice(9, 12),
        said === '' ? 'no-connection' : 'bad-answer',
      ]);
      expect(answer.milliseconds).toBeLessThan(400);
    }
  });

  test('says what is wrong with what is no HTTP, too many headers, or nobody there', async () => {
    const port = await listening(createSocketServer((socket) => socket.end('SSH-2.0-hello\r\n')));
    expect(faultOf(await embedded(request(`http://127.0.0.1:${port}/`)))).toBe('bad-answer');
    const headers = await serve((_, response) => response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end());
    expect(faultOf(await embedded(request(headers)))).toBe('bad-answer');
    expect(faultOf(await embedded(request('http://127.0.0.1:1/')))).toBe('no-connection');
    const nobody: LookupFunction = (_, __, answer) => answer(Object.assign(new Error(), { code: 'ENOTFOUND' }), []);
    expect(faultOf(await httpsTransport({ allowLoopback: true, lookup: nobody })(request('https://no.example/')))).toBe(
      'unknown-name',
    );
  });
});

describe('an address', () => {
  test('that is private is never connected to, whatever form it is written in', async () => {
    let visits = 0;
    const port = await listening(
      createSocketServer(() => {
        visits += 1;
      }),
    );
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '10.0.0.1',
    ])
      expect([host, faultOf(await strict(request(`https://${host}:${port}/`)))]).toEqual([host, 'forbidden-address']);
    expect(visits).toBe(0);
  });

  test('that a name leads to is judged too', async () => {
    for (const address of ['10.0.0.8', '169.254.169.254', '::1', '::ffff:192.168.0.1', 'fd00:ec2::254']) {
      const { lookup, asked } = names([address]);
      const answer = await httpsTransport({ allowLoopback: false, lookup })(request('https://insurer.example/'));
      expect([address, faultOf(answer)]).toEqual([address, 'forbidden-address']);
      expect(asked).toEqual(['insurer.example']);
    }
  });

  test('is the one that was judged: a name that changes its mind is asked once', async () => {
    const url = new URL(await serve((_, response) => response.end('ok')));
    const { lookup, asked } = names(['127.0.0.1'], ['10.0.0.8']);
    const answer = await httpsTransport({ allowLoopback: true, lookup })(
      request(`http://insurer.example:${url.port}/`),
    );
    expect(answer).toMatchObject({ status: 200 });
    expect(asked).toEqual(['insurer.example']);
  });

  test('is chosen among those that may be reached', async () => {
    const url = new URL(await serve((_, response) => response.end('ok')));
    const { lookup } = names(['10.0.0.8', '127.0.0.1']);
    const answer = await httpsTransport({ allowLoopback: true, lookup })(
      request(`http://insurer.example:${url.port}/`),
    );
    expect(answer).toMatchObject({ status: 200 });
  });

  test('in a range that was allowed is tried; the same one without is not', async () => {
    const { lookup } = names(['10.255.255.1']);
    const transport = httpsTransport({ allowLoopback: false, lookup });
    const to = (allowedRanges: string[]) =>
      transport(request('https://insurer.example/', { allowedRanges, timeoutMs: 150 }));
    expect(faultOf(await to([]))).toBe('forbidden-address');
    // Whatever is there or not: the connection is tried.
    expect(faultOf(await to(['10.255.0.0/16']))).not.toBe('forbidden-address');
  });

  test('without TLS is spoken to on this machine alone', async () => {
    const url = await serve((_, response) => response.end());
    expect(faultOf(await strict(request(url)))).toBe('bad-url');
    const { lookup } = names(['8.8.8.8']);
    const transport = httpsTransport({ allowLoopback: true, lookup });
    expect(faultOf(await transport(request('http://insurer.example/')))).toBe('forbidden-address');
    for (const bad of ['ftp://insurer.example/', 'file:///etc/passwd', 'https://u:p@insurer.example/', 'nonsense', ''])
      expect([bad, faultOf(await embedded(request(bad)))]).toEqual([bad, 'bad-url']);
  });
});

test('a certificate that nobody vouches for is refused, one that is trusted is not', async () => {
  const { key, cert } = selfSigned();
  let asked = 0;
  const port = await listening(
    createTlsServer({ key, cert }, (_, response) => {
      asked += 1;
      response.end('ok');
    }),
  );
  const url = `https://localhost:${port}/`;
  expect(faultOf(await embedded(request(url)))).toBe('bad-certificate');
  expect(asked).toBe(0);
  expect(await httpsTransport({ allowLoopback: true, ca: cert })(request(url))).toMatchObject({ status: 200 });
});
