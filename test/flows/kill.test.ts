import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkFiles, deliver, runToEnd } from '../../infra/cli/check.ts';
import { download } from '../../infra/cli/client.ts';
import { startEmbedded } from '../../infra/cli/embedded.ts';
import { filesOf, push } from '../../infra/cli/exchange.ts';
import { writeCounty } from '../../infra/county/write-county.ts';
import { asOf } from './county.ts';
import { HubProcess } from './hub-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-kill-'));
const county = join(folder, 'county');
const secret = 'the same secret for both hubs, so that their references agree';
const hub = new HubProcess(join(folder, 'data'), { port: 0, env: { CANBAO_SECRET: secret } });
let undisturbed: Buffer;

beforeAll(async () => {
  process.env.CANBAO_SECRET = secret;
  await writeCounty({ people: 1500, seed: 23, asOf, folder: county, form: 'plain' });
  const embedded = await startEmbedded({ schedules: false });
  const out = join(folder, 'undisturbed');
  await checkFiles(embedded.client, filesOf(county, asOf).pushes, { asOf, out, quiet: true });
  await embedded.stop();
  undisturbed = readFileSync(join(out, 'findings.csv'));
}, 180_000);

afterAll(async () => {
  await hub.kill();
  rmSync(folder, { recursive: true, force: true });
});

it('survives kill -9 while it takes files in and again while it cross-checks, and finds what an undisturbed hub finds', {
  timeout: 300_000,
}, async () => {
  const { pushes } = filesOf(county, asOf);
  const sequenced = pushes.map((file) => ({ ...file, sequence: 1 }));
  await hub.start();
  for (const file of sequenced) await push(hub.client(), file);
  await hub.kill();

  await hub.start();
  // Pushed again by a careful agency: what was taken is known, what was in flight is not taken twice.
  const deliveries = await deliver(hub.client(), sequenced, true);
  expect(deliveries.map(({ state }) => state)).toEqual(deliveries.map(() => 'accepted'));
  const asked = await hub.client().post<{ runId: string }>('/runs', { asOf });
  await sleep(300);
  await hub.kill();

  await hub.start();
  let run = await hub.client().get<{ state: string }>(`/runs/${asked.runId}`);
  for (let waited = 0; waited < 120 && run.state !== 'completed' && run.state !== 'failed'; waited += 1) {
    await sleep(500);
    run = await hub.client().get(`/runs/${asked.runId}`);
  }
  expect(run.state).toBe('completed');
  const again = await runToEnd(hub.client(), { asOf, quiet: true });
  const path = join(folder, 'findings.csv');
  await download(again.files!.findings, path);
  expect(readFileSync(path).equals(undisturbed)).toBe(true);
});
