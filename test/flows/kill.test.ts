import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkFiles, deliver, runToEnd } from '../../infra/cli/check.ts';
import { addressFile, addressOf, download, hubClient } from '../../infra/cli/client.ts';
import { startEmbedded } from '../../infra/cli/embedded.ts';
import { filesOf, push } from '../../infra/cli/exchange.ts';
import { writeCounty } from '../../infra/county/write-county.ts';
import { asOf } from './county.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-kill-'));
const county = join(folder, 'county');
const data = join(folder, 'data');
const secret = 'the same secret for both hubs, so that their references agree';
let child: ChildProcess | undefined;
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

afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('survives kill -9 while it takes files in and again while it cross-checks, and finds what an undisturbed hub finds', {
  timeout: 300_000,
}, async () => {
  const { pushes } = filesOf(county, asOf);
  const sequenced = pushes.map((file) => ({ ...file, sequence: 1 }));
  await up();
  for (const file of sequenced) await push(hub(), file);
  await kill();

  await up();
  // Pushed again by a careful agency: what was taken is known, what was in flight is not taken twice.
  const deliveries = await deliver(hub(), sequenced, true);
  expect(deliveries.map(({ state }) => state)).toEqual(deliveries.map(() => 'accepted'));
  const asked = await hub().post<{ runId: string }>('/runs', { asOf });
  await sleep(300);
  await kill();

  await up();
  let run = await hub().get<{ state: string }>(`/runs/${asked.runId}`);
  for (let waited = 0; waited < 120 && run.state !== 'completed' && run.state !== 'failed'; waited += 1) {
    await sleep(500);
    run = await hub().get(`/runs/${asked.runId}`);
  }
  expect(run.state).toBe('completed');
  const again = await runToEnd(hub(), { asOf, quiet: true });
  const path = join(folder, 'findings.csv');
  await download(again.files!.findings, path);
  expect(readFileSync(path).equals(undisturbed)).toBe(true);
});

const hub = () => hubClient(addressOf({ data }));

/** Starts `canbao up` and waits until it says where it is. */
async function up(): Promise<void> {
  rmSync(join(data, addressFile), { force: true });
  const program = join(import.meta.dirname, '../../infra/cli/canbao.ts');
  child = spawn(process.execPath, [program, 'up', '--data', data, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, CANBAO_SECRET: secret },
  });
  for (let waited = 0; waited < 600; waited += 1) {
    if (existsSync(join(data, addressFile))) return;
    if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}`);
    await sleep(100);
  }
  throw new Error('the hub did not start within a minute');
}

async function kill(): Promise<void> {
  const ended = new Promise((resolve) => child!.once('exit', resolve));
  child!.kill('SIGKILL');
  await ended;
}
