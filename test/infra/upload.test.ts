import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upload } from '../../infra/cli/client.ts';

const megabytes = 600;
const folder = mkdtempSync(join(tmpdir(), 'canbao-upload-'));
const path = join(folder, 'large.csv');
let status = 200;
let received = 0;
const store = createServer((request, answer) => {
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  request.on('end', () => answer.writeHead(status).end());
});

beforeAll(async () => {
  writeFileSync(path, '');
  truncateSync(path, megabytes * 1024 ** 2);
  await new Promise<void>((resolve) => void store.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

describe('a file on its way to the hub', () => {
  const url = () => `http://127.0.0.1:${(store.address() as AddressInfo).port}/landing/large.csv?signature=x`;

  it('arrives whole, and is never in memory as a whole', async () => {
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 10);
    await upload(url(), path);
    clearInterval(watch);
    expect(received).toBe(megabytes * 1024 ** 2);
    expect((most - before) / 1024 ** 2).toBeLessThan(megabytes / 2);
  });

  it('that is not stored is a refusal', async () => {
    status = 403;
    await expect(upload(url(), path)).rejects.toMatchObject({ code: 'upload-failed', status: 403 });
  });
});
