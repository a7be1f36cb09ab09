import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How far an event source has read a shard: to the end of it, or up to a record. */
export type Position = { sequence: string } | 'finished';

/** What event sources have read of streams, kept like the queues: it outlives the process. */
export class StreamPositions {
  private readonly database: DatabaseSync;

  /** @param folder Absent: in memory. */
  constructor(folder?: string) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    this.database = new DatabaseSync(folder === undefined ? ':memory:' : join(folder, 'positions.db'));
    this.database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS positions (source TEXT, shard TEXT, sequence TEXT, PRIMARY KEY (source, shard))`);
  }

  of(source: string, shard: string): Position | undefined {
    const row = this.database
      .prepare('SELECT sequence FROM positions WHERE source = ? AND shard = ?')
      .get(source, shard) as { sequence: string | null } | undefined;
    if (row === undefined) return undefined;
    return row.sequence === null ? 'finished' : { sequence: row.sequence };
  }

  set(source: string, shard: string, position: Position): void {
    this.database
      .prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?)')
      .run(source, shard, position === 'finished' ? null : position.sequence);
  }

  /** Forgets shards that the stream no longer has. */
  keepOnly(source: string, shards: readonly string[]): void {
    this.database
      .prepare('DELETE FROM positions WHERE source = ? AND shard NOT IN (SELECT value FROM json_each(?))')
      .run(source, JSON.stringify(shards));
  }

  close(): void {
    this.database.close();
  }
}
