import type { Subsidy } from '../../../schemas/settings.ts';
import type { Fact } from './fact.ts';

/** The subsidy table of the area, a line each; what a line leaves out holds for all. */
const standards: Fact = {
  name: 'standards',
  sql: ({ settings }) => {
    const lines = settings.subsidies.map((line) => `(${lineValues(line).join(', ')})`);
    const columns = 'year, category, area, tier, age_from, age_to, valid_from, valid_to, amount';
    // A first line that fits nobody gives an empty table its types.
    const typed = "('', '', '', '', 0, 0, DATE '0001-01-01', DATE '0001-01-01', 0::BIGINT)";
    return `SELECT * FROM (VALUES ${[typed, ...lines].join(', ')}) AS standards(${columns}) WHERE year <> ''`;
  },
};

function lineValues({ year, category, area, tier, ageBand, validFrom, validTo, amountFen }: Subsidy): string[] {
  const text = (value: string | undefined) => (value === undefined ? 'NULL' : `'${value.replaceAll("'", "''")}'`);
  const date = (value: string | undefined) => (value === undefined ? 'NULL' : `DATE '${value}'`);
  return [
    text(year),
    text(category),
    text(area),
    text(tier),
    `${ageBand?.from ?? 0}`,
    `${ageBand?.to ?? 200}`,
    date(validFrom),
    date(validTo),
    `${amountFen}`,
  ];
}

export default standards;
