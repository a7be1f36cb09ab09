import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

export const asOf = '2022-06-30';

export const rowsOf = (path: string): Record<string, string>[] =>
  parse(readFileSync(path), { columns: true, bom: true });

/**
 * Findings of a run against the truth of its county, as `rule person amount cause priority` each: whose finding it is
 * is told by its evidence rows, with a plain loop and nothing of the product.
 */
export function compareWithTruth(county: string, out: string): { expected: string[]; found: string[] } {
  const owner = new Map<string, string>();
  for (const { person_id, rows } of rowsOf(join(county, 'truth', 'persons.csv'))) {
    for (const row of rows!.split(' ')) owner.set(row, person_id!);
  }
  const line = (finding: Record<string, string>, person: string | undefined): string => {
    const { cause } = JSON.parse(finding.facts || '{}') as { cause?: string };
    return [finding.rule, person, finding.amount_fen, cause, finding.priority].join(' ');
  };
  const expected = rowsOf(join(county, 'truth', 'findings.csv')).map((finding) => line(finding, finding.person_id));
  const found = rowsOf(join(out, 'findings.csv')).map((finding) => {
    const people = new Set(finding.rows!.split(' ').map((row) => owner.get(row)));
    if (people.size !== 1) throw new Error(`evidence of several persons: ${finding.rule} ${finding.rows}`);
    return line(finding, [...people][0]);
  });
  return { expected: expected.sort(), found: found.sort() };
}
