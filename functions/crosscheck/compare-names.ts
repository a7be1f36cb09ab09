import { BOOLEAN, type DuckDBDataChunk, DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';
import { compareNames, nameMacros } from '../../schemas/names.ts';
import type { Database } from '../runtime/duckdb.ts';

/**
 * Gives a connection `compare_names(a, b, former_name, under_one_year)`: 'equal', 'variant', 'not-comparable' or
 * 'differs', by the one law of schemas/names.ts. About 5 µs a call: for names that are known to be unequal, not for
 * everybody's. (The same law as an SQL expression carries its folding table along: half a second to plan each query.)
 */
export function addCompareNames({ connection }: Database): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'compare_names',
      parameterTypes: [VARCHAR, VARCHAR, VARCHAR, BOOLEAN],
      returnType: VARCHAR,
      // A missing former name is an argument like any other.
      specialHandling: true,
      mainFunction: (_, input, output) => {
        const [one, other, former, young] = (input as DuckDBDataChunk).getColumns();
        for (let row = 0; row < input.rowCount; row++) {
          const more = { formerName: former![row] as string | null, underOneYear: young![row] === true };
          output.setItem(row, compareNames(one![row] as string | null, other![row] as string | null, more));
        }
        output.flush();
      },
    }),
  );
}

/** The law as text, its folding table included: it changes when the function does (test/schemas/names.test.ts). */
export const compareNamesLaw = (): string => nameMacros().join(';\n');
