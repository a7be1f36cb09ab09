import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseAfter, type FindingRow, type FindingsOfRun } from '../../functions/cases/case-changes.ts';
import { Case, CaseEvent, maxFindings } from '../../schemas/case.ts';
import { closedRow, findingRow, nthRun } from './finding-rows.ts';

describe('opening', () => {
  test('a person with findings and no case gets one that names its run and needs no event', () => {
    const { item, event } = caseAfter(undefined, [findingRow()], nthRun(1))!;
    expect(Case.parse(item)).toEqual(item);
    expect(event).toBeUndefined();
    expect(item).toMatchObject({
      state: 'open',
      version: 1,
      priority: 'P2',
      township: '500299001',
      opened: nthRun(1).run,
    });
    expect(item.findings[0]).toMatchObject({ rule: 'XC-101', since: 'run-1', facts: { elsewhere: 'not-asked' } });
  });

  test('the highest open finding gives the priority and stands first, whatever the order of the rows', () => {
    const rows = [
      findingRow({ rule: 'XC-601', priority: 'P3' }),
      findingRow({ rule: 'XC-302', about: '2022', priority: 'P0' }),
      findingRow({ rule: 'XC-107', priority: 'P1' }),
    ];
    const { item } = caseAfter(undefined, rows, nthRun(1))!;
    expect(item.priority).toBe('P0');
    expect(item.findings.map(({ rule }) => rule)).toEqual(['XC-302', 'XC-107', 'XC-601']);
  });

  test('a person of whom no township is known is filed under unknown', () => {
    const { item } = caseAfter(undefined, [findingRow({ township: null, village: null })], nthRun(1))!;
    expect(item).toMatchObject({ township: 'unknown', village: null });
  });
});

describe('a later run', () => {
  const opened = caseAfter(undefined, [findingRow()], nthRun(1))!.item;

  test('that is the same or an older one changes nothing', () => {
    const { item } = caseAfter(opened, [findingRow({ priority: 'P1', status: 'changed' })], nthRun(3))!;
    expect(caseAfter(item, [findingRow({ status: 'new' })], nthRun(3))).toBeUndefined();
    expect(caseAfter(item, [closedRow(2)], nthRun(2))).toBeUndefined();
  });

  test('that leaves the person out by an exemption closes the case as exempt', () => {
    const { item } = caseAfter(opened, [closedRow(2, { closed_by: 'exemption' })], nthRun(2))!;
    expect(Case.parse(item).closed).toMatchObject({ resolution: 'exempt', provedBy: ['exemption'] });
  });

  test('that no longer finds the cause closes the case and names the snapshots that proved it', () => {
    const { item, event } = caseAfter(opened, [closedRow(2)], nthRun(2))!;
    expect(item).toMatchObject({
      state: 'closed',
      version: 2,
      findings: [],
      priority: 'P2',
      closed: { runId: 'run-2', resolution: 'cause-gone', provedBy: ['enrolment-2', 'population-2'] },
    });
    expect(CaseEvent.parse(event)).toEqual(event);
    expect(event).toMatchObject({
      transition: 'closed',
      changes: [{ change: 'closed', provedBy: ['enrolment-2', 'population-2'] }],
    });
  });

  test('that finds the cause again reopens the case, which keeps when it was opened and closed', () => {
    const closed = caseAfter(opened, [closedRow(2)], nthRun(2))!.item;
    const { item, event } = caseAfter(closed, [findingRow({ status: 'reopened', seen_in: 'run-3' })], nthRun(3))!;
    expect(item).toMatchObject({ state: 'open', opened: { runId: 'run-1' }, closed: { runId: 'run-2' } });
    expect(item.reopened).toMatchObject({ runId: 'run-3', times: 1 });
    expect(event).toMatchObject({ transition: 'reopened', changes: [{ change: 'reopened' }] });
  });

  test('that closes one finding of two leaves the case open with the other', () => {
    const two = caseAfter(undefined, [findingRow(), findingRow({ rule: 'XC-701', priority: 'P1' })], nthRun(1))!.item;
    const rows = [findingRow({ status: 'continued' }), closedRow(2, { rule: 'XC-701', priority: 'P1' })];
    const { item, event } = caseAfter(two, rows, nthRun(2))!;
    expect(item).toMatchObject({ state: 'open', priority: 'P2' });
    expect(event?.transition).toBeUndefined();
    expect(event?.changes).toMatchObject([{ change: 'closed', rule: 'XC-701' }]);
  });

  test('that finds the same in rows that have moved takes the new row numbers and is no event', () => {
    const moved = findingRow({ status: 'continued', rows: 'population:99', seen_in: 'run-2' });
    const { item, event } = caseAfter(opened, [moved], nthRun(2))!;
    expect(event).toBeUndefined();
    expect(item.findings[0]).toMatchObject({ rows: 'population:99', seenIn: 'run-2', since: 'run-1' });
  });

  test('that reads other facts is an event, and the finding stays the same one', () => {
    const { item, event } = caseAfter(opened, [findingRow({ status: 'changed', facts: '{}' })], nthRun(2))!;
    expect(event?.changes).toMatchObject([{ change: 'changed' }]);
    expect(item.findings[0]).toMatchObject({ since: 'run-1', facts: {} });
  });

  test('that closed a case which was never opened leaves it closed, so that the late opening is known to be late', () => {
    const { item, event } = caseAfter(undefined, [closedRow(2)], nthRun(2))!;
    expect(item).toMatchObject({ state: 'closed', findings: [] });
    expect(event).toMatchObject({ transition: 'closed' });
    expect(caseAfter(item, [findingRow()], nthRun(1))).toBeUndefined();
  });

  test('that repeats what was closed long ago says nothing about it', () => {
    const two = caseAfter(undefined, [findingRow(), findingRow({ rule: 'XC-701' })], nthRun(1))!.item;
    const rows = [findingRow({ priority: 'P1', status: 'changed' }), closedRow(2, { rule: 'XC-701' })];
    const closedOne = caseAfter(two, rows, nthRun(2))!.item;
    const { event } = caseAfter(closedOne, [findingRow({ status: 'changed' }), rows[1]!], nthRun(3))!;
    expect(event?.changes).toMatchObject([{ change: 'changed', rule: 'XC-101' }]);
  });
});

describe('an overfull case', () => {
  const many = (count: number, status: FindingRow['status'] = 'new') =>
    Array.from({ length: count }, (_, n) =>
      findingRow({ rule: 'XC-501', about: `S${String(n).padStart(4, '0')}`, status }),
    );

  test('holds 50 findings and says how many more there are, of which rules, and in which object', () => {
    const { item } = caseAfter(undefined, many(63), nthRun(1))!;
    expect(item.findings).toHaveLength(maxFindings);
    expect(item.beyond).toEqual({ count: 13, byRule: { 'XC-501': 13 }, key: nthRun(1).key });
  });

  test('stays below the size of an item, however much the findings say', () => {
    const wordy = many(40).map((row) => ({ ...row, rows: 'settlement:1234567 '.repeat(2000) }));
    const { item } = caseAfter(undefined, wordy, nthRun(1))!;
    expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(300_000);
    expect(item.findings.length + item.beyond!.count).toBe(40);
  });

  test('takes the word of the run for the findings that it does not hold', () => {
    const { item } = caseAfter(undefined, many(60), nthRun(1))!;
    const rows = many(60, 'continued').map((row, n) =>
      n === 55
        ? closedRow(2, { ...row, status: 'closed', closed_by: 'settlement-2', closed_on: nthRun(2).run.asOf })
        : row,
    );
    const { item: after, event } = caseAfter(item, rows, nthRun(2))!;
    expect(after.beyond?.count).toBe(9);
    expect(event?.changes).toEqual([
      expect.objectContaining({ change: 'closed', about: 'S0055', provedBy: ['settlement-2'] }),
    ]);
  });

  test('lists 50 changes in one event and points to the others', () => {
    const { event } = caseAfter(caseAfter(undefined, [findingRow()], nthRun(1))!.item, many(70), nthRun(2))!;
    expect(event?.changes).toHaveLength(maxFindings);
    expect(event?.beyond?.count).toBe(21);
  });
});

describe('laws', () => {
  type Told = { rows: FindingRow[]; of: FindingsOfRun };

  /** What the runs say about one person: which of four findings are open after each of them. */
  const history = fc.array(fc.subarray([0, 1, 2, 3]), { minLength: 1, maxLength: 6 }).map((opens): Told[] => {
    const told: Told[] = [];
    const closedOn = new Map<number, number>();
    let before: number[] = [];
    opens.forEach((open, at) => {
      const n = at + 1;
      for (const finding of before) if (!open.includes(finding)) closedOn.set(finding, n);
      const rows = [0, 1, 2, 3].flatMap((finding) => {
        const what = { rule: `XC-10${finding}`, priority: `P${finding}` as FindingRow['priority'] };
        if (open.includes(finding)) {
          const status = before.includes(finding) ? 'continued' : closedOn.delete(finding) ? 'reopened' : 'new';
          return [findingRow({ ...what, status })];
        }
        const closing = closedOn.get(finding);
        return closing === undefined ? [] : [closedRow(closing, what)];
      });
      before = open;
      if (rows.length > 0) told.push({ rows, of: nthRun(n) });
    });
    return told;
  });

  const apply = (told: readonly Told[]) =>
    told.reduce<Case | undefined>((held, { rows, of }) => caseAfter(held, rows, of)?.item ?? held, undefined);
  const seen = (item: Case | undefined) =>
    item && { state: item.state, findings: item.findings.map(({ rule }) => rule), updated: item.updated };

  test('twice and late is once: the newest run decides, in whatever order slices come and however often', () => {
    // Three of each, of which at most two get lost: every slice comes at least once.
    const messages = history.chain((told) =>
      fc.tuple(
        fc.constant(told),
        fc.shuffledSubarray([...told, ...told, ...told], { minLength: Math.max(0, 3 * told.length - 2) }),
      ),
    );
    fc.assert(
      fc.property(messages, ([told, delivered]) => {
        expect(seen(apply(delivered))).toEqual(seen(apply(told)));
      }),
    );
  });

  test('a case is open as long as a finding is open, and every closing is proved', () => {
    fc.assert(
      fc.property(history, (told) => {
        let held: Case | undefined;
        for (const { rows, of } of told) {
          const change = caseAfter(held, rows, of);
          held = change?.item ?? held;
          expect(held?.state === 'open').toBe(rows.some(({ status }) => status !== 'closed'));
          for (const { change: what, provedBy } of change?.event?.changes ?? []) {
            expect((provedBy?.length ?? 0) > 0).toBe(what === 'closed');
          }
        }
      }),
    );
  });
});
