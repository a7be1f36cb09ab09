import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** A hub that gives each path one answer. */
const answers: Record<string, [status: number, body: object]> = {
  '/v1/settlements': [
    422,
    {
      ...{ code: 'settlement/sums-differ', title: '合计不平', detail: 'The sums differ' },
      sums: [{ field: 'medfee_sumamt', stated: '1.00', computed: '10000.00', of: ['hifp_pay', 'psn_cash_pay'] }],
    },
  ],
  '/v1/deliveries/D1/refuse': [200, { deliveryId: 'D1', feed: 'enrolment', state: 'refused' }],
};
let server: Server;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'canbao-answers-'));
  server = createServer(({ url = '' }, response) => {
    const [status, body] = answers[url] ?? [404, {}];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function call(...words: string[]): Promise<{ code: number; out: string }> {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { ...process.env, CANBAO_KEY: `whsec_${'A'.repeat(43)}=` };
  const cli = join(import.meta.dirname, '../../infra/cli/canbao.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...words, '--endpoint', endpoint], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), out: stdout + stderr }),
    );
  });
}

test('a bill whose sums differ is refused with the sums', async () => {
  const bill = join(folder, 'bill.json');
  writeFileSync(bill, '{}');
  const { code, out } = await call('settlement', 'post', bill);
  expect(code).toBe(1);
  expect(out).toContain('medfee_sumamt: 单据 stated 1.00 ≠ 合计 computed 10000.00 = hifp_pay + psn_cash_pay');
});

test('a list that is refused as it was ordered is a success', async () => {
  const { code, out } = await call('refuse', 'D1');
  expect([code, out]).toEqual([0, expect.stringContaining('退回 refused')]);
});
