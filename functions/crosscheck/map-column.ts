import type { Database } from '../runtime/duckdb.ts';

/**
 * Table `into(value, mapped)`: every distinct value of a column with what `map` makes of it, for laws that are
 * written in TypeScript alone. Values that are NULL are left out.
 */
export async function mapColumn(
  database: Database,
  from: { readonly table: string; readonly column: string },
  into: string,
  map: (value: string) => string,
): Promise<void> {
  await database.run(`CREATE OR REPLACE TABLE ${into} (value VARCHAR, mapped VARCHAR)`);
  const { table, column } = from;
  const reader = await database.connection.streamAndRead(
    `SELECT DISTINCT ${column} FROM ${table} WHERE ${column} IS NOT NULL`,
  );
  await reader.readAll();
  const appender = await database.connection.createAppender(into);
  for (const value of reader.getColumns()[0] ?? []) {
    appender.appendVarchar(value as string);
    appender.appendVarchar(map(value as string));
    appender.endRow();
  }
  appender.closeSync();
}
