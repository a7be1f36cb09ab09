import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How far an event source has read a shard: to the end of it, or up to a record that was made at `at`, seconds of the epoch. */
export type Position = { sequence: string; at: number } | 'finished';

/** What event sources have read of streams, kept like the queues: it outlives the process. */
export class StreamPositions {
  private readonly database: DatabaseSync;

  /** @param folder Absent: in memory. */
  constructor(folder?: string) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    this.database = new DatabaseSync(folder === undefined ? ':memory:' : join(folder, 'positions.db'));
    this.database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS read (source TEXT, shard TEXT, sequence TEXT, at REAL, PRIMARY KEY (source, shard))`);
  }

  of(source: string, shard: string): Position | undefined {
    const row = this.database
      .prepare('SELECT sequence, at FROM read WHERE source = ? AND shard = ?')
      .get(source, shard) as { sequence: string; at: number } | { sequence: null } | undefined;
    if (row === undefined) return undefined;
    return row.sequence === null ? 'finished' : { sequence: row.sequence, at: row.at };
  }

  set(source: string, shard: string, position: Position): void {
    const { sequence, at } = position === 'finished' ? { sequence: null, at: null } : position;
    this.database.prepare('INSERT OR REPLACE INTO read VALUES (?, ?, ?, ?)').run(source, shard, sequence, at);
  }

  /** Forgets shards that the stream no longer has. */
  keepOnly(source: string, shards: readonly string[]): void {
    this.database
      .prepare('DELETE FROM read WHERE source = ? AND shard NOT IN (SELECT value FROM json_each(?))')
      .run(source, JSON.stringify(shards));
  }

  close(): void {
    this.database.close();
  }
}
