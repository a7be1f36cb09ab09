import type { FunctionDeclaration } from './declarations.ts';
import { FunctionFailure } from './function-failure.ts';
import { Pool, type PoolSettings } from './function-pool.ts';

// All threads share libuv's pool, of four by default, and every query of DuckDB holds one of it as long as it runs:
// a few long queries would keep the whole hub from its files. Read when the pool is first used.
process.env.UV_THREADPOOL_SIZE ??= '32';

export type ResourceUsers = {
  running(): number;
  /** Calls `listener` at the start and the end of every invocation. */
  onActivity(listener: () => void): void;
};

/** The functions of the template; each runs in worker threads that are kept warm. */
export class Functions {
  /** Invocations since the start of the hub. */
  invocations = 0;
  private readonly pools: Map<string, Pool>;
  private readonly settings: PoolSettings;
  private readonly declarations: readonly FunctionDeclaration[];
  private readonly listeners = new Set<(id: string) => void>();

  constructor(declarations: readonly FunctionDeclaration[], settings: PoolSettings) {
    this.declarations = declarations;
    this.settings = settings;
    this.pools = new Map(declarations.map((declaration) => [declaration.id, new Pool(declaration, settings)]));
  }

  /** @throws FunctionFailure */
  async invoke(id: string, event: unknown): Promise<unknown> {
    this.invocations++;
    for (const listener of this.listeners) listener(id);
    try {
      return await this.pool(id).invoke(event);
    } finally {
      for (const listener of this.listeners) listener(id);
    }
  }

  /** Loads a worker of each of these functions, one after the other, and keeps it loaded. */
  async keepWarm(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.pool(id).keepWarm();
  }

  /** The functions that are told the name of a resource in their environment: no other can use it. */
  usersOf(name: string): ResourceUsers {
    const told = this.declarations.filter(({ environment }) => Object.values(environment).includes(name));
    const ids = told.map(({ id }) => id);
    return {
      running: () => ids.reduce((sum, id) => sum + this.pool(id).running, 0),
      onActivity: (listener) => this.listeners.add((id) => ids.includes(id) && listener()),
    };
  }

  /** Makes known that a function returned, but named messages or records that it failed for. */
  failedFor(id: string, messageIds: readonly string[]): void {
    this.settings.onFailure(
      new FunctionFailure('messages', id, '', `The function failed for ${messageIds.join(', ')}`),
    );
  }

  /** How many invocations of the function can run at a time, each in a worker of its own. */
  concurrency(id: string): number {
    return this.pool(id).size;
  }

  get running(): number {
    return [...this.pools.values()].reduce((sum, pool) => sum + pool.running, 0);
  }

  kill(id: string): Promise<boolean> {
    return this.pool(id).kill();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.stop()));
  }

  private pool(id: string): Pool {
    const pool = this.pools.get(id);
    if (pool === undefined) throw new Error(`The template has no function ${id}.`);
    return pool;
  }
}
