import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crosscheck } from '../../functions/crosscheck/crosscheck.ts';
import type { Evaluation, EvaluationInputs } from '../../functions/crosscheck/evaluation.ts';
import { rangeName } from '../../functions/crosscheck/hash-range.ts';
import type { Rule } from '../../functions/crosscheck/rule.ts';
import type { Objects, RunDependencies } from '../../functions/crosscheck/run-dependencies.ts';
import type { LatestRun, RunStore } from '../../functions/crosscheck/run-store.ts';
import { sampleStore } from '../../functions/crosscheck/sample-check/sample-store.ts';
import { startRun } from '../../functions/crosscheck/start-run.ts';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';
import { keptFiles } from '../../functions/runtime/kept-files.ts';
import type { CrosscheckMessage, FindingsMessage, Run, RunRequest, RunRequestState } from '../../schemas/run.ts';
import { defaultSettings, type Settings } from '../../schemas/settings.ts';
import { type Snapshot, snapshotKey } from '../../schemas/snapshot.ts';
import { memoryItems } from '../simulator/memory-items.ts';

/** The table `runs` in memory, with the conditions of the real one (run-store.test.ts holds both to one contract). */
export function memoryRunStore(): RunStore {
  const requests = new Map<string, RunRequestState>();
  const runs = new Map<string, Run>();
  let current: string | undefined;
  let latest: LatestRun | undefined;
  const waiting = () =>
    [...requests.values()]
      .filter(({ state }) => state === 'waiting')
      .map(({ request }) => request)
      .sort((a, b) => (`${a.requestedAt}#${a.requestId}` < `${b.requestedAt}#${b.requestId}` ? -1 : 1));
  const progress = (runId: string, change: (run: Run) => Run): Run => {
    const run = runs.get(runId);
    if (run === undefined) throw new Error(`run ${runId} does not exist`);
    if (run.state === 'running') runs.set(runId, change(run));
    return runs.get(runId)!;
  };
  const end = (runId: string, state: 'completed' | 'failed', at: string, reason?: string): boolean => {
    if (runs.get(runId)?.state !== 'running') return false;
    progress(runId, (run) => ({ ...run, state, endedAt: at, ...(reason === undefined ? {} : { reason }) }));
    return true;
  };
  const release = (runId: string) => {
    if (current === runId) current = undefined;
  };
  return {
    async ask(request) {
      const known = requests.get(request.requestId) ?? { state: 'waiting', request };
      requests.set(request.requestId, known);
      return known;
    },
    request: async (requestId) => requests.get(requestId),
    nextWaiting: async () => waiting()[0],
    current: async () => current,
    latest: async () => latest,
    async begin(run, latestRunId) {
      const known = requests.get(run.requestId);
      if (known?.state !== 'waiting' || current !== undefined || runs.has(run.runId)) return false;
      if (latest?.runId !== latestRunId) return false;
      requests.set(run.requestId, { state: 'started', request: known.request, runId: run.runId });
      runs.set(run.runId, run);
      current = run.runId;
      return true;
    },
    read: async (runId) => runs.get(runId),
    list: async (limit) => [...runs.values()].sort((a, b) => (a.runId < b.runId ? 1 : -1)).slice(0, limit),
    preludeDone: async (runId, at) => progress(runId, (run) => ({ ...run, preludeDone: true, progressAt: at })),
    taskDone: async (runId, task, at) =>
      progress(runId, (run) => ({ ...run, done: [...new Set([...run.done, task])].sort(), progressAt: at })),
    async touch(runId, at) {
      runs.set(runId, { ...runs.get(runId)!, progressAt: at });
    },
    async complete({ runId, asOf, sequence, tasks, changesCases }, at) {
      const done = end(runId, 'completed', at);
      if (done && changesCases) latest = { runId, asOf, sequence, tasks };
      return done;
    },
    async fail(runId, reason, at) {
      const failed = end(runId, 'failed', at, reason);
      if (failed) release(runId);
      return failed;
    },
    async failRequest(requestId, reason) {
      const known = requests.get(requestId);
      if (known?.state !== 'waiting') return false;
      requests.set(requestId, { state: 'failed', request: known.request, reason });
      return true;
    },
    release: async (runId) => release(runId),
  };
}

export type MemoryHub = {
  readonly deps: RunDependencies;
  readonly lake: Map<string, Buffer>;
  readonly exchange: Map<string, Buffer>;
  readonly queue: CrosscheckMessage[];
  readonly findings: FindingsMessage[];
  settings: Settings;
  /** Persons, by person_key, who are exempt. */
  exempt: readonly string[];
  now: string;
  /** Accepts a full delivery: persons with the value that the stand-in rules look at. */
  deliver(feed: string, dataAsOf: string, persons: Readonly<Record<string, string>>, parts?: number): Promise<void>;
  ask(request: Partial<RunRequest> & { requestId: string }): Promise<RunRequestState>;
  /** Consumes messages until the queue is empty; when `process` crashes, another one takes what it was at and the rest. */
  drain(process?: RunDependencies): Promise<void>;
  /**
   * `deps` of a process that throws when its n-th call of a store or queue has taken effect. What it has under way by
   * then goes on, and is nobody else's: it counts for itself, and has kept no file from before.
   */
  crashing(n: number): RunDependencies;
};

/** Everything a run touches, in memory; DuckDB is the real one. */
export async function memoryHub(database: Database, evaluation: Evaluation = standIn): Promise<MemoryHub> {
  const folder = mkdtempSync(join(tmpdir(), 'canbao-runs-'));
  const snapshots: Snapshot[] = [];
  const lake = new Map<string, Buffer>();
  const exchange = new Map<string, Buffer>();
  const queue: CrosscheckMessage[] = [];
  const findings: FindingsMessage[] = [];
  const functions = {
    sendCrosscheck: async (messages: readonly CrosscheckMessage[]) => void queue.push(...messages),
    sendFindings: async (messages: readonly FindingsMessage[]) => void findings.push(...messages),
    newestSnapshots: async (asOf: string) => newest(snapshots, asOf),
    snapshotDates: async (feed: string, asOf: string) =>
      snapshots
        .filter((one) => one.feed === feed && one.dataAsOf <= asOf)
        .map(({ dataAsOf }) => dataAsOf)
        .reverse(),
    exemptPersons: async () => hub.exempt,
    readSettings: async () => hub.settings,
    secret: async () => 'a secret that is only for tests, 32+',
  };
  const stores = {
    runs: memoryRunStore(),
    samples: sampleStore(memoryItems(), 'runs'),
    lake: memoryObjects(lake),
    exchange: memoryObjects(exchange),
  };
  const deps: RunDependencies = {
    ...functions,
    ...stores,
    keptFiles: keptFiles(join(folder, 'kept'), 1e6),
    evaluation,
    withWorkFolder: (work) => work(mkdtempSync(join(folder, 'step-')), database),
    now: () => hub.now,
    seconds: () => 0,
    peakMemoryMb: () => 0,
    measure: () => undefined,
  };
  const hub: MemoryHub = {
    deps,
    lake,
    exchange,
    queue,
    findings,
    settings: defaultSettings,
    exempt: [],
    now: '2022-06-30T01:00:00.000Z',
    crashing(n) {
      let calls = 0;
      const guard = <T extends object>(port: T): T =>
        Object.fromEntries(
          Object.entries(port).map(([name, call]) => [
            name,
            async (...args: unknown[]) => {
              calls += 1;
              const last = calls === n;
              const result = await (call as (...args: unknown[]) => Promise<unknown>)(...args);
              if (last) throw new Error('crash');
              return result;
            },
          ]),
        ) as T;
      const guarded = Object.fromEntries(Object.entries(stores).map(([name, port]) => [name, guard(port)]));
      const kept = keptFiles(mkdtempSync(join(folder, 'kept-')), 1e6);
      return { ...deps, ...guard(functions), ...(guarded as typeof stores), keptFiles: kept };
    },
    async deliver(feed, dataAsOf, persons, parts = 2) {
      const snapshot = await snapshotOf(database, folder, {
        feed,
        dataAsOf,
        persons,
        parts,
        sequence: snapshots.length + 1,
      });
      snapshots.push(snapshot.item);
      for (const [key, body] of snapshot.objects) lake.set(key, body);
    },
    ask: (request) => startRun(deps, { requestedAt: hub.now, asOf: '2022-06-30', year: '2022', ...request }),
    async drain(process = deps) {
      let working = process;
      for (let message = queue.shift(); message !== undefined; message = queue.shift()) {
        try {
          await crosscheck(working, message);
        } catch (error) {
          if ((error as Error).message !== 'crash') throw error;
          queue.push(message);
          working = deps;
        }
      }
    },
  };
  return hub;
}

export const openTestDatabase = (): Promise<Database> =>
  openDatabase({ memoryMb: 300, threads: 2, tempDir: mkdtempSync(join(tmpdir(), 'canbao-spill-')) });

function memoryObjects(objects: Map<string, Buffer>): Objects {
  return {
    read: async (key) => objects.get(key),
    write: async (key, body) => void objects.set(key, Buffer.from(body)),
    async fetchToFile(key, path) {
      const body = objects.get(key);
      if (body === undefined) throw new Error(`there is no ${key}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, body);
    },
    storeFile: async (key, path) => void objects.set(key, readFileSync(path)),
  };
}

function newest(snapshots: readonly Snapshot[], asOf: string): Map<string, Snapshot> {
  const byDate = snapshots
    .filter(({ dataAsOf }) => dataAsOf <= asOf)
    .sort((a, b) => (a.dataAsOf < b.dataAsOf ? -1 : 1));
  return new Map(byDate.map((snapshot) => [snapshot.feed, snapshot]));
}

type Delivered = {
  feed: string;
  dataAsOf: string;
  persons: Readonly<Record<string, string>>;
  parts: number;
  sequence: number;
};

async function snapshotOf(database: Database, folder: string, { feed, dataAsOf, persons, parts, sequence }: Delivered) {
  const snapshotId = `s${sequence}`;
  const objects = new Map<string, Buffer>();
  const files: Snapshot['files'] = [];
  await database.run(
    `CREATE OR REPLACE TABLE delivered AS
    SELECT ('0x' || md5(person_key)[1:4])::USMALLINT AS h, person_key, row_number() OVER () AS row_no, value
    FROM (SELECT 'C:' || key AS person_key, value->>'$' AS value FROM json_each($1::JSON))`,
    [JSON.stringify(persons)],
  );
  const width = 0x10000 / parts;
  for (let part = 0; part < parts; part += 1) {
    const from = part * width;
    const range = rangeName({ from, to: from + width - 1 });
    const path = join(folder, 'delivered.parquet');
    await database.run(
      `COPY (SELECT * FROM delivered WHERE h BETWEEN ${from} AND ${from + width - 1} ORDER BY h, person_key) TO '${path}' (FORMAT parquet)`,
    );
    const body = readFileSync(path);
    const digest = createHash('sha256').update(body).digest('hex');
    files.push({ range, rows: Object.keys(persons).length, bytes: body.length, digest });
    objects.set(snapshotKey({ feed, snapshotId }, range), body);
  }
  const rows = Object.keys(persons).length;
  const item: Snapshot = {
    feed,
    snapshotId,
    deliveryId: `d${sequence}`,
    mode: 'full',
    dataAsOf,
    declared: true,
    sequence,
    fullSequence: sequence,
    rows,
    keptRows: 0,
    files,
    counts: { read: rows, accepted: rows },
    acceptedAt: `${dataAsOf}T00:00:00.000Z`,
  };
  return { item, objects };
}

/** XC-101 finds everybody of `population` whose value is not `fine`; XC-401 the same of `cremation`, XC-204 of `enrolment`. */
export const standIn: Evaluation = {
  rules: [
    ruleOf('XC-101', 'not-covered', ['population'], 'task'),
    ruleOf('XC-204', 'covered-twice', ['enrolment'], 'prelude'),
    ruleOf('XC-401', 'death', ['cremation'], 'task'),
  ],
  preludeFeeds: ['enrolment'],
  version: () => '1',
  async runPrelude(database, inputs) {
    await database.run('CREATE OR REPLACE TABLE matches (kind VARCHAR, h USMALLINT, person_key VARCHAR)');
    await findAll(database, inputs, { 'XC-204': 'enrolment' });
    return { 'XC-204': { considered: 0, excluded: {} } };
  },
  taskText: ({ feeds, evaluated, ...asked }) => {
    const files = Object.entries(feeds).map(([feed, input]) => [feed, input.files]);
    return JSON.stringify([asked, evaluated.map(({ rule, cause }) => [rule, cause]), files]);
  },
  countUnkeyed: async () => 2,
  async evaluateTask(database, inputs) {
    await findAll(database, inputs, { 'XC-101': 'population', 'XC-401': 'cremation' });
    await database.run(`DELETE FROM findings WHERE rule = 'XC-101' AND person_key::VARCHAR IN
      (SELECT person_key FROM read_parquet('${inputs.matches}') WHERE kind = 'exempt')`);
    const { evaluated } = inputs;
    const considered = { considered: 1, excluded: { fine: 1 } };
    return {
      rules: Object.fromEntries(evaluated.map(({ rule }) => [rule, considered])),
      townships: { '500299001': { target: 2, covered: 1, unknown: 1, hardship: 0, hardshipCovered: 0 } },
      insured: 1,
    };
  },
};

/** Table `findings`: of each rule everybody in its feed whose value is not `fine`. */
async function findAll(
  database: Database,
  { feeds, evaluated, range }: EvaluationInputs,
  feedOf: Readonly<Record<string, string>>,
): Promise<void> {
  const pieces = evaluated.flatMap(({ rule }) => {
    const feed = feedOf[rule];
    const input = feed === undefined ? undefined : feeds[feed];
    if (input === undefined) return [];
    return `SELECT '${rule}' AS rule, '${rule}|' || person_key || '|' AS finding_key, h, person_key, '' AS about,
        'P2' AS priority, 'A' AS grade, NULL::BIGINT AS amount_fen, '500299001' AS township, '500299001001' AS village,
        'township' AS owner, 'dispatch' AS queue, '${feed}:' || row_no AS rows, '[]' AS evidence,
        json_object('value', value)::VARCHAR AS facts, '疑点' AS summary, '欧阳某' AS psn_name, person_key[3:] AS certno
      FROM read_parquet([${input.files.map((file) => `'${file}'`)}])
      WHERE value <> 'fine' AND h BETWEEN ${range.from} AND ${range.to}`;
  });
  await database.run(`CREATE OR REPLACE TABLE findings AS ${[...pieces, emptyFindings].join(' UNION ALL BY NAME ')}`);
}

const emptyFindings = `SELECT * FROM (SELECT NULL AS rule, NULL AS finding_key, NULL::USMALLINT AS h, NULL AS person_key, NULL AS about,
  NULL AS priority, NULL AS grade, NULL::BIGINT AS amount_fen, NULL AS township, NULL AS village, NULL AS owner, NULL AS queue,
  NULL AS rows, NULL AS evidence, NULL AS facts, NULL AS summary, NULL AS psn_name, NULL AS certno LIMIT 0)`;

function ruleOf(code: string, family: Rule['family'], needs: readonly string[], stage: Rule['stage']): Rule {
  const name = { zh: code, en: code };
  const excluded = { fine: { zh: '正常', en: 'fine' } };
  return { code, slug: code.toLowerCase(), name, family, owner: 'township', needs, stage, excluded } as unknown as Rule;
}
