import { afterAll, beforeAll, expect, test } from 'vitest';
import { closedRow, findingRow, nthRun } from './finding-rows.ts';
import { startLocalStores } from './local-stores.ts';

let stores: Awaited<ReturnType<typeof startLocalStores>>;
let store: typeof import('../../functions/cases/case-store.ts');
let applyFindings: typeof import('../../functions/cases/apply-findings.ts').applyFindings;

beforeAll(async () => {
  stores = await startLocalStores();
  store = await import('../../functions/cases/case-store.ts');
  ({ applyFindings } = await import('../../functions/cases/apply-findings.ts'));
});

afterAll(() => stores.stop());

const person = (group: string, n: number): string => `${group}${String(n).padStart(20 - group.length, 'A')}`;
const rowsOf = (group: string, count: number, township: string) =>
  Array.from({ length: count }, (_, n) =>
    findingRow({ person_ref: person(group, n), township, priority: n % 3 === 0 ? 'P0' : 'P2' }),
  );

test('a case is read back as it was written, with its events in the order of the runs', async () => {
  const ref = person('HISTORY', 1);
  await applyFindings(store.caseStore, [findingRow({ person_ref: ref })], nthRun(1));
  await applyFindings(store.caseStore, [closedRow(2, { person_ref: ref })], nthRun(2));
  await applyFindings(store.caseStore, [findingRow({ person_ref: ref, status: 'reopened' })], nthRun(3));
  const found = await store.readCase(ref);
  expect(found?.item).toMatchObject({ state: 'open', version: 3, reopened: { times: 1 }, closed: { runId: 'run-2' } });
  expect(found?.events.map(({ transition, run }) => `${transition} ${run.runId}`)).toEqual([
    'closed run-2',
    'reopened run-3',
  ]);
  expect(await store.readCase(person('NOBODY', 1))).toBeUndefined();
});

test('a township sees its own cases in one state, the most urgent first, page by page', async () => {
  await applyFindings(store.caseStore, rowsOf('PAGES', 130, '500299007'), nthRun(1));
  await applyFindings(
    store.caseStore,
    [closedRow(2, { person_ref: person('PAGES', 1), township: '500299007' })],
    nthRun(2),
  );
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.casesOfTownship('500299007', 'open', { limit: 60, after });
    seen.push(...page.cases.map(({ priority, person_ref }) => `${priority} ${person_ref}`));
    after = page.next;
  } while (after !== undefined);
  expect(seen).toHaveLength(129);
  expect(seen).toEqual(seen.toSorted());
  const closed = await store.casesOfTownship('500299007', 'closed');
  expect(closed.cases.map(({ person_ref }) => person_ref)).toEqual([person('PAGES', 1)]);
});

test('cases are counted without their events: of a township, of a state, of all', async () => {
  const before = await store.countCases();
  await applyFindings(store.caseStore, rowsOf('COUNT', 40, '500299008'), nthRun(1));
  await applyFindings(
    store.caseStore,
    Array.from({ length: 10 }, (_, n) => closedRow(2, { person_ref: person('COUNT', n), township: '500299008' })),
    nthRun(2),
  );
  expect(await store.countCases('500299008')).toBe(40);
  expect(await store.countCases('500299008', 'open')).toBe(30);
  expect(await store.countCases(undefined, 'closed')).toBeGreaterThanOrEqual(10);
  expect((await store.countCases()) - before).toBe(40);
});

test('three functions with overlapping slices at once leave every case once, and every closing as one event', async () => {
  const rows = rowsOf('RACES', 150, '500299009');
  const closing = rows.map(({ person_ref }) => closedRow(2, { person_ref, township: '500299009' }));
  await Promise.all([0, 20, 40].map((from) => applyFindings(store.caseStore, rows.slice(from), nthRun(1))));
  await applyFindings(store.caseStore, rows, nthRun(1));
  await Promise.all([0, 20, 40].map((from) => applyFindings(store.caseStore, closing.slice(from), nthRun(2))));
  expect(await store.countCases('500299009', 'closed')).toBe(150);
  for (const n of [0, 30, 149]) {
    const found = await store.readCase(person('RACES', n));
    expect(found).toMatchObject({ item: { version: 2 }, events: [{ version: 2 }] });
  }
});

test('a slice of an older run that comes after a newer one changes nothing', async () => {
  const rows = rowsOf('LATER', 5, '500299010');
  await applyFindings(
    store.caseStore,
    rows.map((row) => ({ ...row, status: 'continued' as const })),
    nthRun(4),
  );
  await applyFindings(
    store.caseStore,
    rows.map(({ person_ref }) => closedRow(3, { person_ref })),
    nthRun(3),
  );
  expect(await store.countCases('500299010', 'open')).toBe(5);
});
