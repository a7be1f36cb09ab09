import type { FindingRow, FindingsOfRun } from '../../functions/cases/case-changes.ts';

/** A row of a run's findings; every field but those given has a harmless value. */
export const findingRow = (more: Partial<FindingRow> = {}): FindingRow => ({
  person_ref: 'PERSONREFAAAAAAAAAAA',
  rule: 'XC-101',
  about: '',
  priority: 'P2',
  grade: 'A',
  amount_fen: null,
  township: '500299001',
  village: '500299001002',
  owner: 'township',
  queue: 'dispatch',
  rows: 'population:17',
  facts: '{"elsewhere":"not-asked"}',
  summary: '本地户籍、未见参保记录，请上门核实。',
  psn_name: '张三',
  certno: '500299198801011234',
  status: 'new',
  closed_by: null,
  closed_on: null,
  seen_in: 'run-1',
  ...more,
});

/** The nth run, a month after the one before it. */
export const nthRun = (n: number): FindingsOfRun => ({
  run: {
    runId: `run-${n}`,
    order: String(n).padStart(8, '0'),
    asOf: `2022-0${n}-28`,
    at: `2022-0${n}-28T21:00:00.000Z`,
  },
  key: `runs/run-${n}/findings/0000-ffff.parquet`,
});

/** A finding that the nth run closed. */
export const closedRow = (n: number, more: Partial<FindingRow> = {}): FindingRow =>
  findingRow({ status: 'closed', closed_by: `enrolment-${n} population-${n}`, closed_on: nthRun(n).run.asOf, ...more });
