import { expect, test } from 'vitest';
import { applyFindings, type CaseStore, type PlannedChange } from '../../functions/cases/apply-findings.ts';
import type { FindingRow } from '../../functions/cases/case-changes.ts';
import type { Case, CaseEvent } from '../../schemas/case.ts';
import { closedRow, findingRow, nthRun } from './finding-rows.ts';

/** A table in memory, with a hook before and after every call: where a test lets it fail or meddles. */
class TableInMemory implements CaseStore {
  readonly cases = new Map<string, Case>();
  readonly events: CaseEvent[] = [];
  readonly transactions: number[] = [];
  hook: () => Promise<void> | void = () => undefined;

  async read(personRefs: readonly string[]) {
    await this.hook();
    const found = new Map(personRefs.flatMap((ref) => (this.cases.has(ref) ? [[ref, this.cases.get(ref)!]] : [])));
    await this.hook();
    return found as Map<string, Case>;
  }

  async write(changes: readonly PlannedChange[]) {
    await this.hook();
    const holds = changes.every(({ previous, item }) => this.cases.get(item.person_ref)?.version === previous?.version);
    if (holds) {
      this.transactions.push(changes.length + changes.filter(({ event }) => event).length);
      for (const { item, event } of changes) {
        this.cases.set(item.person_ref, item);
        if (event !== undefined) this.events.push(event);
      }
    }
    await this.hook();
    return holds;
  }
}

const person = (n: number): string => `PERSON${String(n).padStart(14, '0')}`;
const persons = (count: number, more: Partial<FindingRow> = {}) =>
  Array.from({ length: count }, (_, n) => findingRow({ person_ref: person(n), ...more }));
const closing = (count: number) => Array.from({ length: count }, (_, n) => closedRow(2, { person_ref: person(n) }));

test('persons who appear for the first time are opened a hundred at a time, without reading', async () => {
  const table = new TableInMemory();
  let reads = 0;
  table.read = async (refs) => {
    reads += refs.length;
    return new Map();
  };
  await applyFindings(table, persons(250), nthRun(1));
  expect(table.transactions).toEqual([100, 100, 50]);
  expect(reads).toBe(0);
});

test('two findings of one person are one case', async () => {
  const table = new TableInMemory();
  await applyFindings(table, [findingRow(), findingRow({ rule: 'XC-701' })], nthRun(1));
  expect([...table.cases.values()].map(({ findings }) => findings.length)).toEqual([2]);
});

test('a transaction never outgrows what DynamoDB takes, in items or in bytes', async () => {
  const table = new TableInMemory();
  await applyFindings(table, persons(130), nthRun(1));
  table.transactions.length = 0;
  await applyFindings(table, closing(130), nthRun(2));
  expect(Math.max(...table.transactions)).toBeLessThanOrEqual(100);
  table.transactions.length = 0;
  const wordy = persons(60, { status: 'reopened', rows: 'settlement:1234567 '.repeat(8000) });
  await applyFindings(table, wordy, nthRun(3));
  expect(table.transactions.length).toBeGreaterThan(2);
});

test('a slice that comes twice writes nothing the second time', async () => {
  const table = new TableInMemory();
  await applyFindings(table, persons(120), nthRun(1));
  const before = structuredClone(table.cases);
  await applyFindings(table, persons(120), nthRun(1));
  expect(table.cases).toEqual(before);
  expect(table.events).toEqual([]);
});

test('two functions with the same slice at the same time write every case and every event once', async () => {
  const table = new TableInMemory();
  table.hook = () => new Promise((resolve) => setImmediate(resolve));
  await Promise.all([1, 2, 3].map(() => applyFindings(table, persons(120), nthRun(1))));
  await Promise.all([1, 2, 3].map(() => applyFindings(table, closing(120), nthRun(2))));
  expect(new Set([...table.cases.values()].map(({ state, version }) => `${state} ${version}`))).toEqual(
    new Set(['closed 2']),
  );
  expect(table.events).toHaveLength(120);
});

test('a crash at any moment, before or after the table has done its part, costs nothing but the repetition', async () => {
  const told = [
    { rows: persons(150), of: nthRun(1) },
    { rows: [...closing(60), ...persons(150, { status: 'changed', facts: '{}' }).slice(60)], of: nthRun(2) },
  ];
  const calm = new TableInMemory();
  for (const { rows, of } of told) await applyFindings(calm, rows, of);
  let crashes = 0;
  for (let crashAt = 1; ; crashAt += 1) {
    const table = new TableInMemory();
    let calls = 0;
    table.hook = () => {
      calls += 1;
      if (calls === crashAt) throw new Error('power cut');
    };
    for (const { rows, of } of told) {
      await applyFindings(table, rows, of).catch(async () => {
        crashes += 1;
        await applyFindings(table, rows, of);
      });
    }
    expect(table.cases).toEqual(calm.cases);
    expect(table.events.toSorted(byPerson)).toEqual(calm.events.toSorted(byPerson));
    if (calls < crashAt) break;
  }
  expect(crashes).toBeGreaterThan(8);
});

test('a case that somebody changes in between is read again, and their change is kept', async () => {
  const table = new TableInMemory();
  await applyFindings(table, persons(3), nthRun(1));
  let calls = 0;
  table.hook = () => {
    calls += 1;
    // After the reading, before the writing.
    if (calls !== 2) return;
    const held = table.cases.get(person(1))!;
    table.cases.set(person(1), { ...held, version: held.version + 1, village: '500299001099' });
  };
  await applyFindings(table, persons(3, { status: 'changed', facts: '{}', township: null }), nthRun(2));
  expect(table.cases.get(person(1))).toMatchObject({ version: 3, village: '500299001099', updated: nthRun(2).run });
  expect(table.cases.get(person(0))).toMatchObject({ version: 2, updated: nthRun(2).run });
});

test('a case that never stands still sends the message back instead of turning for ever', async () => {
  const table = new TableInMemory();
  table.write = async () => false;
  await expect(applyFindings(table, persons(3), nthRun(1))).rejects.toThrow('3 cases kept changing');
});

const byPerson = (a: CaseEvent, b: CaseEvent): number => (a.person_ref < b.person_ref ? -1 : 1);
