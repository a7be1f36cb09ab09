import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateTask, ruleVersion, runPrelude, taskText } from '../../functions/crosscheck/evaluate.ts';
import type { TaskInputs } from '../../functions/crosscheck/evaluation.ts';
import type { FeedInput } from '../../functions/crosscheck/facts/feed-views.ts';
import { countUnkeyedInsured } from '../../functions/crosscheck/indicators.ts';
import { type ExampleRow, partsOf, type Rule } from '../../functions/crosscheck/rule.ts';
import { rules } from '../../functions/crosscheck/rules/register.ts';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';
import { modulesOf } from '../../functions/runtime/register.ts';
import { feeds as everyFeed, feedNamed } from '../../schemas/feeds/register.ts';
import { Finding } from '../../schemas/finding.ts';
import { nameMacros } from '../../schemas/names.ts';
import { Settings } from '../../schemas/settings.ts';
import { ExampleRows, type LakeRow, writeSnapshot } from './example-lake.ts';

const folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
const everybody = { from: 0, to: 0xffff };
const evaluated = rules.flatMap((rule) => partsOf(rule).map(({ cause }) => ({ rule: rule.code, cause })));
let database: Database;
let counties = 0;

beforeAll(async () => {
  database = await openDatabase({ memoryMb: 500, threads: 2, tempDir: folder });
});

afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

type Layout = { parts?: number; order?: string };

/** A county on disk. */
async function county(rows: ReadonlyMap<string, readonly LakeRow[]>, layout: Layout = {}) {
  const place = join(folder, `county-${counties++}`);
  const feeds: Record<string, FeedInput> = {};
  for (const [name, list] of rows) feeds[name] = await writeSnapshot(database, place, feedNamed(name)!, list, layout);
  return feeds;
}

function rowsOf(given: Readonly<Record<string, readonly ExampleRow[]>>) {
  const rows = new ExampleRows();
  rows.add(0, given);
  return rows;
}

/** The examples of all rules as one county; every snapshot is there, if only without rows. */
function wholeCounty(): ReadonlyMap<string, readonly LakeRow[]> {
  const rows = new ExampleRows();
  let number = 0;
  for (const rule of rules) for (const example of rule.examples) rows.add(number++, example.given);
  return new Map(everyFeed.map(({ name }) => [name, rows.feeds.get(name) ?? []]));
}

async function evaluate(
  feeds: Record<string, FeedInput>,
  more: Partial<Omit<TaskInputs, 'settings'>> & {
    settings?: object;
    tasks?: number;
    catalogue?: readonly Rule[];
    exempt?: string;
  } = {},
) {
  const { tasks = 1, catalogue = rules, settings = {}, exempt = '', ...given } = more;
  const inputs = { asOf: '2022-06-30', year: '2022', range: everybody, feeds, evaluated, ...given };
  const whole = { ...inputs, settings: Settings.parse(settings) };
  const matches = join(folder, 'matches.parquet');
  const prelude = await runPrelude(database, whole, catalogue);
  await database.run(`INSERT INTO matches BY NAME SELECT 'exempt' AS kind, ('0x' || md5(person_key)[1:4])::USMALLINT AS h, person_key
    FROM (SELECT '${exempt}' AS person_key)`);
  await database.run(`COPY matches TO '${matches}' (FORMAT parquet)`);
  const findings = await database.all<Finding>('SELECT * FROM findings');
  const outcomes = [];
  for (let task = 0; task < tasks; task++) {
    const width = 0x10000 / tasks;
    const range = { from: task * width, to: (task + 1) * width - 1 };
    outcomes.push(await evaluateTask(database, { ...whole, range, matches }, catalogue));
    findings.push(...(await database.all<Finding>('SELECT * FROM findings')));
  }
  findings.sort((a, b) => (a.finding_key < b.finding_key ? -1 : 1));
  return { findings, outcome: outcomes[0]!, outcomes, prelude };
}

const codes = (findings: readonly Finding[]) => findings.map(({ rule }) => rule);

describe('the findings of a county', () => {
  let feeds: Record<string, FeedInput>;
  let whole: Awaited<ReturnType<typeof evaluate>>;

  beforeAll(async () => {
    feeds = await county(wholeCounty());
    whole = await evaluate(feeds, { settings: { feeds: { birth: { inUse: true } } } });
  });

  it('are the same when the rows of the files come in another order', async () => {
    const shuffled = await county(wholeCounty(), {
      order: 'md5(row_no::VARCHAR)',
    });
    const again = await evaluate(shuffled, { settings: { feeds: { birth: { inUse: true } } } });
    expect(again.findings).toEqual(whole.findings);
  });

  it('are the same however the county is split into files and tasks', async () => {
    const split = await county(wholeCounty(), { parts: 4 });
    const again = await evaluate(split, { settings: { feeds: { birth: { inUse: true } } }, tasks: 8 });
    expect(again.findings).toEqual(whole.findings);
    const sum = (name: 'considered', rule: string) =>
      again.outcomes.reduce((all, { rules: funnels }) => all + funnels[rule]![name], 0);
    for (const [rule, { considered }] of Object.entries(whole.outcome.rules))
      expect([rule, sum('considered', rule)]).toEqual([rule, considered]);
    expect(again.outcomes.reduce((all, { insured }) => all + insured, 0)).toBe(whole.outcome.insured);
  });

  it('are whole: every column as the schema says, keys that occur once, a sentence without name or number', () => {
    expect(whole.findings.length).toBeGreaterThan(150);
    for (const finding of whole.findings) {
      Finding.parse(finding);
      expect(finding.summary).not.toContain(finding.psn_name ?? '\0');
      expect(finding.summary).not.toMatch(/\d{15}|[{}[\]]|undefined|null/);
      expect(JSON.parse(finding.evidence)).toHaveLength(finding.rows.split(' ').length);
      if (['D', 'E'].includes(finding.grade))
        expect(finding).toMatchObject({ priority: expect.stringMatching(/P[23]/), queue: 'verify' });
    }
    expect(new Set(whole.findings.map(({ finding_key }) => finding_key)).size).toBe(whole.findings.length);
  });

  it('quote rows of their own person only', () => {
    const owner = new Map<string, string | null>();
    for (const [feed, rows] of wholeCounty())
      for (const row of rows) owner.set(`${feed}:${row.row_no}`, row.person_key);
    for (const { rule, person_key, rows } of whole.findings) {
      const people = new Set(rows.split(' ').map((row) => owner.get(row)));
      if (rule === 'XC-602') expect(people).toEqual(new Set([null]));
      else if (rule === 'XC-204') expect(people).toEqual(new Set([null, person_key]));
      else expect(people).toEqual(new Set([person_key]));
    }
  });

  it('give nobody two findings of the rules that exclude each other', () => {
    const exclusive = new Set(
      rules
        .filter(({ place }) => place !== undefined)
        .map(({ code }) => code)
        .concat('XC-106'),
    );
    const asked = whole.findings.filter(({ rule }) => exclusive.has(rule)).map(({ person_key }) => person_key);
    expect(new Set(asked).size).toBe(asked.length);
    const same = whole.findings.filter(({ rule }) => rule === 'XC-204').map(({ person_key }) => person_key);
    expect(same.filter((person) => asked.includes(person))).toEqual([]);
  });

  it('are no more than the funnel lets through', () => {
    const funnels = { ...whole.outcome.rules, ...whole.prelude };
    for (const [rule, { considered, excluded }] of Object.entries(funnels)) {
      const left = considered - Object.values(excluded).reduce((sum, count) => sum + count, 0);
      const found = codes(whole.findings).filter((code) => code === rule).length;
      // One finding may be about several rows (a group of settlements, the tickets of a year).
      if (['XC-101', 'XC-102'].includes(rule)) expect([rule, found]).toEqual([rule, left]);
      else expect(found, rule).toBeLessThanOrEqual(Math.max(left, 0));
    }
  });

  it('are those of the rules that a run evaluates, and of no other', async () => {
    const some = [
      { rule: 'XC-301', cause: null },
      { rule: 'XC-302', cause: 'employee-member' },
    ];
    const { findings, outcome } = await evaluate(feeds, { evaluated: some });
    expect(Object.keys(outcome.rules)).toEqual(['XC-301', 'XC-302']);
    expect(findings).toEqual(
      whole.findings.filter(({ rule, facts }) => rule === 'XC-301' || facts.includes('employee-member')),
    );
  });
});

describe('a rule', () => {
  it('is one file: adding it changes nothing else', async () => {
    const added = join(folder, 'rules');
    mkdirSync(added);
    const from = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, '../..', path)).href);
    writeFileSync(
      join(added, 'XC-999.ts'),
      `import { rule } from ${from('functions/crosscheck/rule.ts')};
      export default rule({
        code: 'XC-999', slug: 'many-settlements', name: { zh: '结算次数多', en: 'Many settlements' },
        family: 'benefits', owner: 'fund-supervision', definition: '两次及以上结算', needs: ['settlement'],
        facts: ['settled'], considered: 'SELECT count(*) FROM settled',
        sql: () => \`SELECT person_key, '' AS about, NULL AS outcome, 'P3' AS priority, sum(fund)::BIGINT AS amount_fen,
          NULL AS queue, {times: count(*)} AS facts, list(ref) AS refs FROM settled GROUP BY person_key HAVING count(*) > 1\`,
        evidence: { settlement: ['setl_time'] }, summary: '共{times}次结算，金额{amount}。', examples: [],
      });`,
    );
    const catalogue = await modulesOf<Rule>(added, /^XC-\d{3}\.ts$/);
    const feeds = await county(rowsOf({ settlement: [{}, {}, { who: 'b' }] }).feeds);
    const { findings } = await evaluate(feeds, { catalogue, evaluated: [{ rule: 'XC-999', cause: null }] });
    expect(findings).toMatchObject([{ rule: 'XC-999', amount_fen: 1_200_000, summary: '共2次结算，金额12000.00元。' }]);
  });

  it.each(rules)(
    '$code is called as its file, its settings have defaults and its sentence uses its own facts',
    (rule) => {
      expect(rule.code).toMatch(/^XC-\d{3}$/);
      expect(rule.settings.safeParse({}).success).toBe(true);
      expect(rule.settings.safeParse({ surplus: 1 }).success).toBe(false);
      for (const feed of Object.keys(rule.evidence)) expect(feedNamed(feed), feed).toBeDefined();
      for (const fields of Object.values(rule.evidence))
        expect(fields.filter((field) => /certno|psn_name|former_name|mother|invoice/.test(field))).toEqual([]);
      for (const { needs } of partsOf(rule)) for (const feed of needs) expect(feedNamed(feed), feed).toBeDefined();
    },
  );

  it('has a version that changes with its SQL and not with its examples', () => {
    const [rule] = rules as [Rule];
    expect(ruleVersion({ ...rule, examples: [] })).toBe(ruleVersion(rule));
    expect(ruleVersion({ ...rule, sql: () => 'SELECT 1' })).not.toBe(ruleVersion(rule));
  });

  it('takes its thresholds from the settings of the area', async () => {
    const feeds = await county(rowsOf({ settlement: [{ psn_part_amt: 1_000_000 }] }).feeds);
    const settings = { rules: { 'XC-701': { othersThresholdFen: 1_000_000 } } };
    expect(codes((await evaluate(feeds, { settings })).findings)).toEqual(['XC-701']);
    expect(codes((await evaluate(feeds)).findings)).toEqual([]);
  });
});

describe('evidence', () => {
  it('names the delta that a row came with', async () => {
    const feeds = await county(rowsOf({ 'premium-payment': [{ seq: null }, { seq: 12 }] }).feeds);
    const { findings } = await evaluate(feeds, { evaluated: [{ rule: 'XC-301', cause: null }] });
    expect(findings[0]!.rows).toBe('premium-payment:2 premium-payment@12:3');
    expect(JSON.parse(findings[0]!.evidence)).toMatchObject([
      { feed: 'premium-payment', row: 2, values: { pay_year: '2022', paid_amt: 32000 } },
      { feed: 'premium-payment', row: 3, seq: 12 },
    ]);
  });

  it('is graded C through an upgraded number, but D when a name differs as well', async () => {
    const rows = { settlement: [{ certno: '500299800101002' }, { certno: '500299198001010022' }] };
    const grade = async (psn_name: string) => {
      const settlement = rows.settlement.map((row, at) => ({ ...row, psn_name: at === 0 ? psn_name : '张三' }));
      return (await evaluate(await county(rowsOf({ settlement }).feeds))).findings.map((finding) => finding.grade);
    };
    expect(await grade('张三')).toEqual(['C']);
    expect(await grade('李四')).toEqual(['D']);
  });

  it('knows the former name of the population register', async () => {
    const given = {
      hardship: [{ psn_name: '王小红' }],
      'premium-payment': [{ psn_name: '王晓丽' }],
    };
    const settings = { evaluated: [{ rule: 'XC-303', cause: null }] };
    const grades = async (population: readonly ExampleRow[]) =>
      (await evaluate(await county(rowsOf({ ...given, population }).feeds), settings)).findings.map(
        ({ grade }) => grade,
      );
    expect(await grades([])).toEqual(['D']);
    expect(await grades([{ psn_name: '王晓丽', former_name: '王小红' }])).toEqual(['B']);
  });
});

describe('a list that keeps no history', () => {
  it('explains a subsidy when any of its snapshots was near the pay date', async () => {
    const feeds = await county(rowsOf({ 'premium-payment': [{ subs_amt: 28000 }], hardship: [{ who: 'b' }] }).feeds);
    const settings = { feeds: { hardship: { keepsHistory: false }, 'rural-monitoring': { keepsHistory: false } } };
    const asked = { settings, evaluated: [{ rule: 'XC-304', cause: null }] };
    const rural = ['2021-11-01'];
    const found = async (snapshotDates: Record<string, readonly string[]>) =>
      (await evaluate(feeds, { ...asked, snapshotDates })).findings.length;
    expect(await found({ hardship: ['2022-06-20', '2022-01-15'], 'rural-monitoring': rural })).toBe(1);
    expect(await found({ hardship: ['2022-06-20', '2022-01-16'], 'rural-monitoring': rural })).toBe(0);
    expect(await found({ hardship: ['2022-06-20', '2021-10-17'], 'rural-monitoring': rural })).toBe(1);
    expect(await found({ hardship: ['2022-06-20', '2021-12-01'] })).toBe(0);
  });
});

describe('the text of a task', () => {
  const feeds = { hardship: { keepsHistory: false } };
  const settings = Settings.parse({ feeds });
  const inputs: TaskInputs = {
    asOf: '2022-06-30',
    year: '2022',
    settings,
    range: everybody,
    feeds: { enrolment: { snapshotId: 's1', dataAsOf: '2022-06-30', files: ['a'] } },
    evaluated,
    matches: 'm',
  };

  it('holds every statement that the evaluation runs, so that a change of any of them is a change of the text', async () => {
    const asked = { ...inputs, feeds: await county(wholeCounty()) };
    delete (asked as { matches?: string }).matches;
    const run: string[] = [];
    const spied: Database = {
      ...database,
      run: (sql, params) => database.run(said(sql), params),
      all: (sql, params) => database.all(said(sql), params),
    };
    const said = (sql: string) => {
      run.push(sql);
      return sql;
    };
    await evaluateTask(spied, asked);
    const text = taskText(asked);
    const ownRoom = /^(DROP SCHEMA|SET search_path|RESET )/;
    const unsaid = run.filter((sql) => !ownRoom.test(sql) && !text.includes(JSON.stringify(sql).slice(1, -1)));
    expect(unsaid).toEqual([]);
    expect(run.length).toBeGreaterThan(40);
  });

  it('changes with everything that is asked, with every file and with the law of names', () => {
    const changed: Partial<TaskInputs>[] = [
      { asOf: '2022-07-01' },
      { year: '2023' },
      { settings: Settings.parse({ feeds, lookUpDays: 7 }) },
      { range: { from: 0, to: 0x7fff } },
      { feeds: { enrolment: { snapshotId: 's1', dataAsOf: '2022-06-30', files: ['b'] } } },
      { evaluated: evaluated.slice(1) },
      { snapshotDates: { hardship: ['2022-06-01'] } },
      { matches: 'n' },
    ];
    const texts = [inputs, ...changed.map((change) => ({ ...inputs, ...change }))].map((asked) => taskText(asked));
    expect(new Set(texts).size).toBe(texts.length);
    expect(taskText({ ...inputs })).toBe(texts[0]);
    for (const statement of nameMacros()) expect(texts[0]).toContain(JSON.stringify(statement).slice(1, -1));
  });

  it('changes with the sentence of a rule, and not with the name of its snapshot', () => {
    const reworded = rules.map((rule) => (rule.code === 'XC-101' ? { ...rule, summary: '请核实。' } : rule));
    expect(taskText(inputs, reworded)).not.toBe(taskText(inputs));
    const renamed = { enrolment: { ...inputs.feeds.enrolment!, snapshotId: 's2' } };
    expect(taskText({ ...inputs, feeds: renamed })).toBe(taskText(inputs));
  });
});

describe('an accepted exemption', () => {
  it('leaves its person out of what asks for cover', async () => {
    const rows = rowsOf({ population: [{}, { who: 'b' }] });
    const feeds = await county(rows.feeds);
    const [a, b] = [...rows.owners.keys()];
    const { findings } = await evaluate(feeds, { exempt: a! });
    expect(findings.map(({ person_key }) => person_key)).toEqual([b]);
  });
});

describe('coverage', () => {
  it('counts distinct people by township, the unknown apart from the covered', async () => {
    const feeds = await county(
      rowsOf({
        population: [
          { chg_date: '2021-01-01' },
          { pop_kind: '2', live_admdvs: '500299104201' },
          { who: 'b' },
          { who: 'c', live_admdvs: '500299103201' },
          { who: 'd' },
        ],
        enrolment: [{}, { insutype: '310', insu_year: null }, { who: 'b', insuplc_admdvs: '510104' }, { who: 'e' }],
        hardship: [{ who: 'b' }, { who: 'c' }, { who: 'f' }],
        'enrolment-elsewhere': [{ who: 'c', result: '1' }, { who: 'd' }],
      }).feeds,
    );
    const settings = { area: { code: '500299' }, feeds: { 'enrolment-elsewhere': { inUse: true } } };
    const { outcome } = await evaluate(feeds, { settings });
    expect(outcome.townships).toEqual({
      '500299102': { target: 3, covered: 2, unknown: 0, hardship: 1, hardshipCovered: 1 },
      '500299103': { target: 1, covered: 1, unknown: 0, hardship: 1, hardshipCovered: 1 },
      unknown: { target: 0, covered: 0, unknown: 0, hardship: 1, hardshipCovered: 0 },
    });
    expect(outcome.insured).toBe(2);
  });

  it('counts who is insured under no usable number by the number of the bureau, once, and here alone', async () => {
    const bad = { psn_cert_type: '01', certno: '50029919900101001' };
    const { feeds } = rowsOf({
      enrolment: [
        { psn_no: 'P1', ...bad },
        { psn_no: 'P1', ...bad, insutype: '310', insu_year: null },
        { psn_no: 'P2', ...bad },
        { psn_no: 'P2' },
        { psn_no: 'P3', ...bad, psn_insu_stas: '2' },
        { psn_no: 'P4', ...bad, insuplc_admdvs: '510104' },
        { psn_no: 'P5', ...bad, insutype: '392' },
      ],
    });
    const count = async (area?: { code: string }) =>
      countUnkeyedInsured(database, {
        ...{ asOf: '2022-06-30', year: '2022', range: { from: 0, to: 0xffff }, evaluated: [] },
        settings: Settings.parse({ area }),
        feeds: await county(feeds),
      });
    expect([await count({ code: '500299' }), await count()]).toEqual([1, 2]);
  });
});
