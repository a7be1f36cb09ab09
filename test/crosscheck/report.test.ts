import { expect, test } from 'vitest';
import { noCounts } from '../../functions/crosscheck/findings-file.ts';
import { buildReport } from '../../functions/crosscheck/report/report.ts';
import type { Rule } from '../../functions/crosscheck/rule.ts';
import type { Coverage, PlannedRule, Run, RunInputs, TaskReport } from '../../schemas/run.ts';
import { Settings } from '../../schemas/settings.ts';

test('keeps the three figures of participation apart, by township', () => {
  const { participation } = report({
    settings: {
      residents: { count: 50, source: '统计公报', date: '2021-12-31' },
      townships: { '500299001': '城关镇' },
    },
    reports: [
      task({
        insured: 30,
        townships: {
          '500299001': { ...people, target: 8, covered: 6, unknown: 1 },
          unknown: { ...people, hardship: 2 },
        },
      }),
      task({
        insured: 13,
        townships: { '500299001': { ...people, target: 2, covered: 2, hardship: 2, hardshipCovered: 1 } },
      }),
    ],
    // Under no usable number: the person is insured all the same.
    prelude: { rules: {}, insured: 2 },
  });
  expect(participation.assessed).toEqual({
    insured: 45,
    residents: 50,
    source: '统计公报',
    date: '2021-12-31',
    rate: 0.9,
  });
  expect(participation.total).toMatchObject({ rate: 0.8, unknownRate: 0.1, hardshipRate: 0.25 });
  expect(participation.townships).toMatchObject([
    { township: '500299001', name: '城关镇', target: 10, rate: 0.8, unknownRate: 0.1, hardshipRate: 0.5 },
    { township: 'unknown', name: null, target: 0, rate: null, unknownRate: null, hardshipRate: 0 },
  ]);
  expect(participation.targets).toEqual({ participation: 0.95, hardshipParticipation: 1 });
});

test('has no figure for assessment until the bureau has entered the resident population', () => {
  expect(report({ reports: [task({ insured: 30 })] }).participation.assessed).toBeNull();
});

test('adds up the funnels of all tasks and of the prelude', () => {
  const counted = {
    ...noCounts(),
    considered: 10,
    excluded: { covered: 4 },
    found: 6,
    withheld: 1,
    byPriority: { P2: 5 },
  };
  const { rules } = report({
    reports: [task({ rules: { 'XC-302': counted } }), task({ rules: { 'XC-302': counted } })],
    prelude: { rules: { 'XC-302': { considered: 3, excluded: { refunded: 3 } } }, insured: 0 },
  });
  expect(rules[0]).toMatchObject({
    considered: 23,
    excluded: { covered: 8, refunded: 3 },
    found: 12,
    withheld: 2,
    byPriority: { P2: 10 },
  });
});

test('says of a rule whether all, some or none of its causes were evaluated, and why not', () => {
  const missing = {
    code: 'missing',
    feed: 'hardship',
    text: { zh: '未执行', en: 'not run: hardship is missing' },
  } as const;
  const states = (parts: readonly boolean[]) =>
    report({ parts: parts.map((evaluated) => part({ evaluated, notRun: evaluated ? [] : [missing] })) }).rules[0];
  expect(states([true, true])).toMatchObject({ state: 'evaluated', notRun: [] });
  expect(states([true, false])).toMatchObject({ state: 'partly', notRun: [missing.text] });
  expect(states([false, false])).toMatchObject({ state: 'not-run', notRun: [missing.text] });
});

test('does not depend on the order in which the tasks came', () => {
  const reports = [
    task({
      insured: 1,
      townships: { '500299002': { ...people, target: 1 } },
      rules: { 'XC-302': { ...noCounts(), excluded: { b: 1 } } },
    }),
    task({
      insured: 2,
      townships: { '500299001': { ...people, target: 2 } },
      rules: { 'XC-302': { ...noCounts(), excluded: { a: 1 } } },
    }),
  ];
  expect(JSON.stringify(report({ reports: [...reports].reverse() }))).toBe(JSON.stringify(report({ reports })));
});

const people: Coverage = { target: 0, covered: 0, unknown: 0, hardship: 0, hardshipCovered: 0 };

const task = (given: Partial<TaskReport>): TaskReport => ({
  task: '0000-ffff',
  inputDigest: '0'.repeat(64),
  reused: false,
  slices: [],
  rules: {},
  townships: {},
  insured: 0,
  timings: {},
  ...given,
});

const part = (given: Partial<PlannedRule>): PlannedRule => ({
  rule: 'XC-302',
  cause: null,
  family: 'money',
  version: '1',
  evaluated: true,
  notRun: [],
  proof: [],
  ...given,
});

type Given = {
  settings?: object;
  reports?: readonly TaskReport[];
  prelude?: Parameters<typeof buildReport>[0]['prelude'];
  parts?: PlannedRule[];
};

function report({ settings = {}, reports = [], prelude = { rules: {}, insured: 0 }, parts = [part({})] }: Given) {
  const run = { runId: 'r1', asOf: '2022-06-30', year: '2022', sequence: 1, changesCases: true } as Run;
  const rule = { code: 'XC-302', slug: 'duplicate-subsidy', name: { zh: '重复资助', en: 'Duplicate' }, excluded: {} };
  return buildReport({
    run,
    inputs: {
      ...run,
      previous: null,
      settings: Settings.parse(settings),
      feeds: [],
      rules: parts,
      exemptions: [],
      tasks: [],
    } as RunInputs,
    rules: [rule as unknown as Rule],
    reports,
    prelude,
    findings: { open: 0, persons: 0, byPriority: {} },
  });
}
