import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crosscheck } from '../../functions/crosscheck/crosscheck.ts';
import { failFor, sweepRuns } from '../../functions/crosscheck/end-run.ts';
import { outputKeys, runKeys } from '../../functions/crosscheck/run-keys.ts';
import type { Database } from '../../functions/runtime/duckdb.ts';
import type { FindingsMessage, Report, Run } from '../../schemas/run.ts';
import { Settings } from '../../schemas/settings.ts';
import { type MemoryHub, memoryHub, openTestDatabase, standIn } from './memory-hub.ts';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const people = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`p${at}`, at % 3 === 0 ? 'fine' : 'lapsed']));
const open = Object.values(people).filter((value) => value !== 'fine').length;

describe('a run', () => {
  test('ends completed, with its findings in the lake, its list and report in exchange, its slices on the queue', async () => {
    const hub = await hubWith({ population: people, cremation: { p1: 'dead' } });
    const run = await runOf(hub, 'one');
    expect(run).toMatchObject({
      state: 'completed',
      asOf: '2022-06-30',
      year: '2022',
      tasks: ['0000-7fff', '8000-ffff'],
    });
    expect(await hub.deps.runs.current()).toBeUndefined();
    expect([...hub.exchange.keys()]).toEqual(Object.values(outputKeys).map((key) => key(run.runId)));
    expect(reportOf(hub, run)).toMatchObject({
      findings: { open: open + 1 },
      tasks: { total: 2, evaluated: 2, reused: 0 },
    });
    expect(new Set(hub.findings.map(({ task }) => task))).toEqual(new Set(run.tasks));
  });

  test('is the same run when it is asked for twice', async () => {
    const hub = await hubWith({ population: people });
    const run = await runOf(hub, 'one');
    await hub.deliver('population', '2022-06-30', {});
    expect((await runOf(hub, 'one')).runId).toBe(run.runId);
    expect(await hub.deps.runs.list(10)).toHaveLength(1);
  });

  test('begins when the one before it has ended, in the order of asking', async () => {
    const hub = await hubWith({ population: people });
    await hub.ask({ requestId: 'first' });
    await crosscheck(hub.deps, hub.queue.shift()!);
    await hub.ask({ requestId: 'third', requestedAt: '2022-06-30T03:00:00.000Z' });
    await hub.ask({ requestId: 'second', requestedAt: '2022-06-30T02:00:00.000Z' });
    await hub.drain();
    const runs = await hub.deps.runs.list(10);
    const sequences = Object.fromEntries(runs.map(({ requestId, sequence }) => [requestId, sequence]));
    expect(sequences).toEqual({ first: 1, second: 2, third: 3 });
    expect(runs.every(({ state }) => state === 'completed')).toBe(true);
  });

  test('reads the newest snapshot that tells about a day on or before its date', async () => {
    const hub = await hubWith({ population: { p1: 'lapsed' } });
    await hub.deliver('population', '2022-07-01', { p1: 'fine' });
    expect(await statuses(hub, await runOf(hub, 'one'))).toEqual({ 'XC-101|C:p1|': 'new' });
    expect(await statuses(hub, await runOf(hub, 'two', '2022-07-01'))).toEqual({ 'XC-101|C:p1|': 'closed' });
  });

  test('as of a date before the previous run looks back: it is compared with nothing and changes no case', async () => {
    const hub = await hubWith({ population: people });
    await runOf(hub, 'one');
    const sent = hub.findings.length;
    const back = await runOf(hub, 'back', '2022-06-29');
    expect(back).toMatchObject({ state: 'completed', changesCases: false });
    expect(hub.findings).toHaveLength(sent);
    expect((await hub.deps.runs.latest())?.asOf).toBe('2022-06-30');
  });

  test('leaves out who is exempt, says so of the finding it closes, and finds the person again when that ends', async () => {
    const hub = await hubWith({ population: { p1: 'lapsed', p2: 'lapsed' } });
    await runOf(hub, 'one');
    hub.exempt = ['C:p1'];
    const exempt = await runOf(hub, 'two');
    expect(await statuses(hub, exempt)).toEqual({ 'XC-101|C:p1|': 'closed', 'XC-101|C:p2|': 'continued' });
    expect(hub.lake.get(runKeys.inputs(exempt.runId))?.toString()).toContain('"exemptions":["C:p1"]');
    hub.exempt = [];
    expect(await statuses(hub, await runOf(hub, 'three'))).toMatchObject({ 'XC-101|C:p1|': 'reopened' });
  });

  test('writes the same bytes from the same inputs, whoever asked and whatever the order of its messages', async () => {
    const outputs = async (order: 'first' | 'last') => {
      const hub = await hubWith({ population: people, cremation: { p1: 'dead' } });
      await hub.ask({ requestId: `asked-${order}` });
      while (hub.queue.length > 0)
        await crosscheck(hub.deps, (order === 'first' ? hub.queue.shift() : hub.queue.pop())!);
      return contents(hub);
    };
    expect(await outputs('last')).toEqual(await outputs('first'));
  });

  test('split into other ranges than the one before finds the same persons continued', async () => {
    const hub = await hubWith({ population: people });
    await runOf(hub, 'one');
    await hub.deliver('population', '2022-06-30', people, 8);
    const run = await runOf(hub, 'two');
    expect(run.tasks).toHaveLength(8);
    expect(new Set(Object.values(await statuses(hub, run)))).toEqual(new Set(['continued']));
    await hub.deliver('population', '2022-06-30', people, 1);
    const third = await runOf(hub, 'three');
    expect(third.tasks).toHaveLength(1);
    expect(Object.values(await statuses(hub, third))).toEqual(Array(open).fill('continued'));
  });
});

describe('the next run', () => {
  test('evaluates only the range in which somebody changed, and tells the cases of that person alone', async () => {
    const hub = await hubWith({ population: people, cremation: { p1: 'dead' } });
    const first = await runOf(hub, 'one');
    hub.findings.length = 0;
    await hub.deliver('population', '2022-06-30', { ...people, p1: 'fine' });
    const run = await runOf(hub, 'two');
    expect(reportOf(hub, run).tasks).toEqual({ total: 2, evaluated: 1, reused: 1 });
    expect(reportOf(hub, run).run.previousRunId).toBe(first.runId);
    expect(await personsOf(hub, hub.findings)).toEqual(['C:p1']);
    expect(reportOf(hub, run).rules[0]?.byStatus).toMatchObject({ closed: 1, continued: open - 1 });
  });

  test('with nothing changed evaluates nothing and reports the same findings and funnels', async () => {
    const hub = await hubWith({ population: people });
    const one = reportOf(hub, await runOf(hub, 'one'));
    hub.findings.length = 0;
    const two = reportOf(hub, await runOf(hub, 'two'));
    expect(two.tasks).toEqual({ total: 2, evaluated: 0, reused: 2 });
    expect(hub.findings).toEqual([]);
    expect(two.findings).toEqual(one.findings);
    expect(two.participation).toEqual(one.participation);
    expect(two.rules.map(({ byStatus, ...rest }) => rest)).toEqual(one.rules.map(({ byStatus, ...rest }) => rest));
  });

  test('counts of every rule as many found as it raised or withheld, those of the prelude too', async () => {
    const hub = await hubWith({
      population: people,
      cremation: { p1: 'dead' },
      enrolment: { p1: 'wrong', p2: 'wrong' },
    });
    for (const request of ['one', 'two']) {
      const { rules } = reportOf(hub, await runOf(hub, request, request === 'one' ? '2022-06-30' : '2022-07-01'));
      expect(rules.map(({ rule, found }) => [rule, found])).toEqual([
        ['XC-101', open],
        ['XC-204', 2],
        ['XC-401', 1],
      ]);
      for (const { found, withheld, byStatus } of rules)
        expect(found).toBe(byStatus.new + byStatus.continued + byStatus.changed + byStatus.reopened + withheld);
    }
  });

  test('evaluates everything again when what is made of the same files has changed', async () => {
    let words = 'as before';
    const taskText: typeof standIn.taskText = (inputs) => `${words} ${standIn.taskText(inputs)}`;
    const hub = await memoryHub(database, { ...standIn, taskText });
    await hub.deliver('population', '2022-06-30', people);
    await runOf(hub, 'one');
    expect(reportOf(hub, await runOf(hub, 'two')).tasks).toMatchObject({ evaluated: 0, reused: 2 });
    words = 'otherwise';
    expect(reportOf(hub, await runOf(hub, 'three')).tasks).toMatchObject({ evaluated: 2, reused: 0 });
  });

  test('of the next day evaluates everything', async () => {
    const hub = await hubWith({ population: people });
    await runOf(hub, 'one');
    expect(reportOf(hub, await runOf(hub, 'two', '2022-07-01')).tasks).toMatchObject({ evaluated: 2, reused: 0 });
  });

  test('closes nothing of a feed that is missing or stale, and tells why its rules were not run', async () => {
    const hub = await hubWith({ population: people, cremation: { p1: 'dead' } });
    await runOf(hub, 'one');
    const run = await runOf(hub, 'two', '2022-08-05');
    expect(await statuses(hub, run)).toMatchObject({ 'XC-401|C:p1|': 'carried-over', 'XC-101|C:p1|': 'continued' });
    expect(reportOf(hub, run).rules.find(({ rule }) => rule === 'XC-401')).toMatchObject({
      state: 'not-run',
      notRun: [{ en: 'not run: cremation is 36 days old, its limit is 35' }],
      byStatus: { 'carried-over': 1, closed: 0 },
    });
  });

  test('evaluates on the last day of a limit, and leaves out a feed that the area does not use', async () => {
    const hub = await hubWith({ population: people, cremation: { p1: 'dead' } });
    const run = await runOf(hub, 'one', '2022-08-04');
    expect(reportOf(hub, run).rules.map(({ rule, state }) => [rule, state])).toEqual([
      ['XC-101', 'evaluated'],
      ['XC-204', 'not-run'],
      ['XC-401', 'evaluated'],
    ]);
    hub.settings = Settings.parse({ feeds: { enrolment: { inUse: false } } });
    expect(reportOf(hub, await runOf(hub, 'two', '2022-08-04')).rules[1]).toMatchObject({
      state: 'evaluated',
      notRun: [],
    });
  });

  test('keeps the finding of a closed cause, and reopens it when the cause returns', async () => {
    const hub = await hubWith({ population: { p1: 'lapsed' } });
    await runOf(hub, 'one');
    await hub.deliver('population', '2022-07-01', { p1: 'fine' });
    const closed = await runOf(hub, 'two', '2022-07-01');
    expect(await rows(hub, closed)).toMatchObject([
      { status: 'closed', closed_by: 'population:s2', closed_on: '2022-07-01' },
    ]);
    await hub.deliver('population', '2022-07-02', { p1: 'lapsed' });
    expect(await rows(hub, await runOf(hub, 'three', '2022-07-02'))).toMatchObject([
      { status: 'reopened', closed_by: null },
    ]);
  });
});

describe('the list of findings', () => {
  test('is masked, begins with a byte-order mark, and holds open findings only', async () => {
    const hub = await hubWith({ population: { '500299198801011234': 'lapsed' } });
    const run = await runOf(hub, 'one');
    const [header, line, ...rest] = hub.exchange.get(outputKeys.findings(run.runId))!.toString('utf8').split('\n');
    expect(header).toBe(
      '\uFEFFrule,slug,person_ref,psn_name,certno,township,priority,grade,amount_fen,rows,facts,summary',
    );
    expect(line).toMatch(
      /^XC-101,xc-101,[A-Z2-7]{20},欧阳\*,5\*{8}4,500299001,P2,A,,population:1,"\{""value"":""lapsed""\}",疑点$/,
    );
    expect(rest).toEqual(['']);
    await hub.deliver('population', '2022-06-30', { '500299198801011234': 'fine' });
    const closed = await runOf(hub, 'two');
    expect(hub.exchange.get(outputKeys.findings(closed.runId))!.toString('utf8').trim().split('\n')).toHaveLength(1);
  });
});

describe('a crash', () => {
  test('after any call of a store or queue, its answer lost, changes nothing of the result', async () => {
    const calm = await hubWith({ population: people });
    await runOf(calm, 'one');
    const hub = await hubWith({ population: people });
    await hub.ask({ requestId: 'one' });
    let crashes = 0;
    for (let message = hub.queue.shift(); message !== undefined; message = hub.queue.shift()) {
      // The same message again and again, each time it gets one call further.
      for (let call = 1, done = false; !done; call += 1) {
        done = await crosscheck(hub.crashing(call), message).then(
          () => true,
          () => false,
        );
        crashes += done ? 0 : 1;
      }
    }
    expect(crashes).toBeGreaterThan(40);
    expect(contents(hub)).toEqual(contents(calm));
    expect((await runAskedAs(hub, 'one')).state).toBe('completed');
  });

  test('with messages twice, late and in any order still gives the same two runs', async () => {
    const scenario = async (shuffle: (length: number) => number, twice: () => boolean, crashes: readonly number[]) => {
      const hub = await hubWith({ population: people });
      for (const [at, requestId] of ['one', 'two'].entries()) {
        if (at === 1) await hub.deliver('population', '2022-06-30', { ...people, p1: 'fine', p3: 'lapsed' });
        await hub.ask({ requestId, requestedAt: `2022-06-30T0${at}:00:00.000Z` });
        for (let step = 0; hub.queue.length > 0; step += 1) {
          const [message] = hub.queue.splice(shuffle(hub.queue.length), 1);
          if (step < 40 && twice()) hub.queue.push(message!);
          const deps = crashes.includes(step) ? hub.crashing(3) : hub.deps;
          await crosscheck(deps, message!).catch(() => hub.queue.push(message!));
        }
      }
      return contents(hub);
    };
    const calm = await scenario(
      () => 0,
      () => false,
      [],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.nat()),
        fc.infiniteStream(fc.boolean()),
        fc.array(fc.nat({ max: 15 }), { maxLength: 4 }),
        async (places, doubles, crashes) => {
          const wild = await scenario(
            (length) => places.next().value! % length,
            () => doubles.next().value!,
            crashes,
          );
          expect(wild).toEqual(calm);
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('a run that cannot finish', () => {
  test('fails by its deadline with a reason, changes no case, and lets the next one begin', async () => {
    const hub = await hubWith({ population: people });
    await hub.ask({ requestId: 'one' });
    await crosscheck(hub.deps, hub.queue.shift()!);
    await crosscheck(hub.deps, hub.queue.shift()!);
    hub.queue.shift();
    await hub.drain();
    await hub.ask({ requestId: 'two', requestedAt: '2022-06-30T02:00:00.000Z' });
    await hub.drain();
    hub.now = '2022-06-30T12:00:00.000Z';
    await sweepRuns(hub.deps, hub.now);
    await hub.drain();
    const [one, two] = await Promise.all(['one', 'two'].map((requestId) => runAskedAs(hub, requestId)));
    expect(one).toMatchObject({ state: 'failed', reason: expect.stringContaining('1 of 2 tasks') });
    expect(two).toMatchObject({ state: 'completed', sequence: 1 });
    expect(hub.findings.every(({ runId }) => runId === two!.runId)).toBe(true);
  });

  test('can be asked for again: the same inputs make another run', async () => {
    const hub = await hubWith({ population: people });
    await hub.ask({ requestId: 'one' });
    await crosscheck(hub.deps, hub.queue.shift()!);
    await failFor(hub.deps, hub.queue.shift()!, hub.now);
    const two = await runOf(hub, 'two');
    expect(two).toMatchObject({ state: 'completed', sequence: 1 });
    expect((await runAskedAs(hub, 'one')).runId).not.toBe(two.runId);
  });

  test('fails by the dead letter of a step, whose late messages then change nothing', async () => {
    const hub = await hubWith({ population: people });
    await hub.ask({ requestId: 'one' });
    await crosscheck(hub.deps, hub.queue.shift()!);
    const [prelude] = hub.queue;
    await failFor(hub.deps, prelude!, hub.now);
    await hub.drain();
    expect(await runAskedAs(hub, 'one')).toMatchObject({ state: 'failed', reason: expect.stringContaining('prelude') });
    expect(hub.exchange.size).toBe(0);
  });

  test('or cannot even begin is told to who asked', async () => {
    const hub = await hubWith({ population: people });
    await hub.ask({ requestId: 'one' });
    await failFor(hub.deps, hub.queue.shift()!, hub.now);
    expect(await hub.deps.runs.request('one')).toMatchObject({ state: 'failed' });
    expect(await hub.deps.runs.nextWaiting()).toBeUndefined();
  });

  test('for a lost message goes on after a while of silence', async () => {
    const hub = await hubWith({ population: people });
    await hub.ask({ requestId: 'one' });
    while (hub.queue.length > 0) {
      const message = hub.queue.shift()!;
      await crosscheck(hub.deps, message);
      hub.queue.length = 0;
      await sweepRuns(hub.deps, hub.now);
      if (message.kind !== 'finish') expect(hub.queue).toEqual([]);
      hub.now = new Date(Date.parse(hub.now) + 1000_000).toISOString();
      await sweepRuns(hub.deps, hub.now);
    }
    expect(await runAskedAs(hub, 'one')).toMatchObject({ state: 'completed' });
  });
});

async function hubWith(feeds: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<MemoryHub> {
  const hub = await memoryHub(database);
  for (const [feed, persons] of Object.entries(feeds)) await hub.deliver(feed, '2022-06-30', persons);
  return hub;
}

async function runOf(hub: MemoryHub, requestId: string, asOf = '2022-06-30'): Promise<Run> {
  await hub.ask({ requestId, asOf });
  await hub.drain();
  return runAskedAs(hub, requestId);
}

async function runAskedAs(hub: MemoryHub, requestId: string): Promise<Run> {
  const known = await hub.deps.runs.request(requestId);
  return (await hub.deps.runs.read((known as { runId: string }).runId))!;
}

const reportOf = (hub: MemoryHub, { runId }: Run): Report =>
  JSON.parse(hub.exchange.get(outputKeys.report(runId))!.toString('utf8'));

type Row = { finding_key: string; status: string; closed_by: string | null; closed_on: string | null };

async function rows(hub: MemoryHub, { runId, tasks }: Run): Promise<Row[]> {
  const all: Row[] = [];
  await hub.deps.withWorkFolder(async (folder) => {
    for (const task of tasks) {
      const path = `${folder}/${task}.parquet`;
      await hub.deps.lake.fetchToFile(runKeys.findings(runId, task), path);
      all.push(...(await database.all<Row>(`FROM '${path}'`)));
    }
  });
  return all;
}

async function statuses(hub: MemoryHub, run: Run): Promise<Record<string, string>> {
  return Object.fromEntries((await rows(hub, run)).map(({ finding_key, status }) => [finding_key, status]));
}

async function personsOf(hub: MemoryHub, messages: readonly FindingsMessage[]): Promise<string[]> {
  const persons = new Set<string>();
  await hub.deps.withWorkFolder(async (folder) => {
    for (const { runId, task, offset, count } of messages) {
      const path = `${folder}/${task}.parquet`;
      await hub.deps.lake.fetchToFile(runKeys.findings(runId, task), path);
      const slice = `SELECT person_key FROM '${path}' LIMIT ${count} OFFSET ${offset}`;
      for (const { person_key } of await database.all<{ person_key: string }>(slice)) persons.add(person_key);
    }
  });
  return [...persons].sort();
}

/** Everything a hub has written, but for what may differ between two computations of the same. */
function contents(hub: MemoryHub): Record<string, string> {
  const untimed = (body: Buffer): string =>
    JSON.stringify({ ...JSON.parse(body.toString('utf8')), timings: undefined });
  const all = [...hub.lake, ...hub.exchange].map(([key, body]): [string, string] => [
    key,
    key.endsWith('.json') ? untimed(body) : key.endsWith('.html') ? '' : body.toString('base64'),
  ]);
  const sent = new Set(hub.findings.map((message) => JSON.stringify(message)));
  return { ...Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))), sent: [...sent].sort().join('\n') };
}
