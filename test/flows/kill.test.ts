import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkFiles, deliver, runToEnd } from '../../infra/cli/check.ts';
import { download } from '../../infra/cli/client.ts';
import { type RunningHub, startEmbedded } from '../../infra/cli/embedded.ts';
import { filesOf, push } from '../../infra/cli/exchange.ts';
import { writeCounty } from '../../infra/county/write-county.ts';
import { asOf } from './county.ts';
import { HubProcess } from './hub-process.ts';

/** How often a worker is ended in the middle of a step. Less than five, when a message becomes a dead letter. */
const kills = { prelude: 1, task: 3, finish: 1, cases: 2 };
type Step = keyof typeof kills;
/** The worker ends so long after its step began, at most: at any moment of the step. */
const longestMs = 150;

const folder = mkdtempSync(join(tmpdir(), 'canbao-kill-'));
const county = join(folder, 'county');
const secret = 'the same secret for all hubs, so that their references agree';
const hub = new HubProcess(join(folder, 'data'), { port: 0, env: { CANBAO_SECRET: secret } });
const dice = xoroshiro128plus(Number(process.env.KILL_SEED ?? 20_221));
let undisturbed: Result;

beforeAll(async () => {
  process.env.CANBAO_SECRET = secret;
  await writeCounty({ people: 1500, seed: 23, asOf, folder: county, form: 'plain' });
  undisturbed = await findingsAndCases('undisturbed', () => {});
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
  for (let waited = 0; waited < 600 && run.state !== 'completed' && run.state !== 'failed'; waited += 1) {
    await sleep(100);
    run = await hub.client().get(`/runs/${asked.runId}`);
  }
  expect(run.state).toBe('completed');
  const again = await runToEnd(hub.client(), { asOf, quiet: true });
  const path = join(folder, 'findings.csv');
  await download(again.files!.findings, path);
  expect(readFileSync(path).equals(undisturbed.findings)).toBe(true);
  await hub.kill();
});

it('loses nothing and does nothing twice when workers end in the middle of the steps of a run', {
  timeout: 400_000,
}, async () => {
  const killed: Step[] = [];
  const ending: Promise<void>[] = [];
  const disturbed = await findingsAndCases('disturbed', (step, kill) => {
    const left = kills[step] - killed.filter((one) => one === step).length - pendingOf(step);
    if (left <= 0) return;
    pending.push(step);
    ending.push(
      sleep((Math.abs(dice.next()) % 1000) * (longestMs / 1000)).then(async () => {
        if (await kill()) killed.push(step);
        pending.splice(pending.indexOf(step), 1);
      }),
    );
  });
  await Promise.all(ending);
  expect(killed).toEqual(expect.arrayContaining(['task', 'task', 'cases']));
  expect(disturbed.crashes).toBeGreaterThanOrEqual(killed.length);
  expect(undisturbed.crashes).toBe(0);
  expect(disturbed.findings.equals(undisturbed.findings)).toBe(true);
  expect(undisturbed.cases.length).toBeGreaterThan(50);
  expect(disturbed.cases).toEqual(undisturbed.cases);
});

const pending: Step[] = [];
const pendingOf = (step: Step) => pending.filter((one) => one === step).length;

type Result = { findings: Buffer; cases: string[]; crashes: number };

/** Checks the county on a new hub. @param onStep Hears of every step as it begins, and can end its worker. */
async function findingsAndCases(
  name: string,
  onStep: (step: Step, kill: () => Promise<boolean>) => void,
): Promise<Result> {
  let crashes = 0;
  const embedded: RunningHub = await startEmbedded({
    schedules: false,
    entryOf: telling,
    log: (line) => {
      const { step, function: id } = line as { step?: string; function: string };
      if (step !== undefined && step in kills) onStep(step as Step, () => embedded.hub.killWorker(id));
    },
  });
  embedded.hub.onFunctionFailure(({ reason }) => {
    if (reason === 'crash') crashes++;
  });
  const out = join(folder, name);
  const { run } = await checkFiles(embedded.client, filesOf(county, asOf).pushes, { asOf, out, quiet: true });
  await embedded.hub.idle();
  const cases = await casesOf(embedded);
  await embedded.stop();
  expect(run).toMatchObject({ state: 'completed' });
  return { findings: readFileSync(join(out, 'findings.csv')), cases, crashes };
}

/** The handler itself, but it says first which step it was given. */
function telling(entry: string): string {
  const wrapper = join(folder, `${basename(entry)}.telling.ts`);
  writeFileSync(
    wrapper,
    `import { handler as real } from ${JSON.stringify(entry)};
     export const handler = (event, context) => {
       for (const { body } of event.Records ?? []) {
         const { kind, runId } = JSON.parse(body);
         console.log(JSON.stringify({ step: kind ?? (runId && 'cases') }));
       }
       return real(event, context);
     };`,
  );
  return wrapper;
}

/** Every case with its version, and every event with the version that it led to: without times and ids of the run. */
async function casesOf({ hub }: RunningHub): Promise<string[]> {
  const { AWS_REGION: region = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = hub.environment;
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const client = new DynamoDBClient({ region, credentials, endpoint: hub.endpoints.dynamodb });
  const TableName = hub.declared.functions.find(({ environment }) => 'CASES_TABLE' in environment)?.environment
    .CASES_TABLE as string;
  const lines: string[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const { pk, sk, version } of Items)
      lines.push(`${pk?.S} ${sk?.S?.split('#')[0]} ${version?.N ?? sk?.S?.split('#').at(-1)}`);
  }
  client.destroy();
  return lines.sort();
}
