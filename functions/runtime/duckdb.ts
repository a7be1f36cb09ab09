import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

/** A connection to an in-memory DuckDB, which spills to `tempDir` when `memoryMb` is used up. */
export type Database = {
  readonly connection: DuckDBConnection;
  run(sql: string, params?: DuckDBValue[]): Promise<void>;
  /** Rows as plain objects: BIGINT as number, DATE and TIMESTAMP as text. For results that are small. */
  all<Row>(sql: string, params?: DuckDBValue[]): Promise<Row[]>;
  /** Another connection to the same tables and views, for statements that run side by side. */
  beside(): Promise<Database>;
  /** Ends the connection; the first one ends the database. */
  close(): void;
};

export async function openDatabase(options: { memoryMb: number; threads: number; tempDir: string }): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${options.memoryMb}MB`,
    threads: String(options.threads),
    temp_directory: options.tempDir,
    // Nothing is ever downloaded at run time.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  return connectTo(instance, () => instance.closeSync());
}

async function connectTo(instance: DuckDBInstance, closed: () => void): Promise<Database> {
  const connection = await instance.connect();
  return {
    connection,
    run: async (sql, params) => {
      await connection.run(sql, params);
    },
    all: async <Row>(sql: string, params?: DuckDBValue[]) => {
      const reader = await connection.runAndReadAll(sql, params);
      return reader.getRowObjectsJS().map((row) => Object.fromEntries(Object.entries(row).map(plain))) as Row[];
    },
    beside: () => connectTo(instance, () => {}),
    close: () => {
      connection.closeSync();
      closed();
    },
  };
}

function plain([name, value]: [string, unknown]): [string, unknown] {
  if (typeof value === 'bigint') {
    if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER)
      throw new Error(`${name} is no safe integer`);
    return [name, Number(value)];
  }
  if (value instanceof Date) return [name, civil(value)];
  return [name, value];
}

/** DATE comes as midnight UTC; a TIMESTAMP with a time keeps it. */
function civil(value: Date): string {
  const text = value.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}
