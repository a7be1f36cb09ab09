import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { FunctionDeclaration } from './declarations.ts';
import { FunctionFailure } from './function-failure.ts';
import { FunctionWorker, type WorkerSettings } from './function-worker.ts';

export type PoolSettings = WorkerSettings & {
  maxWorkersPerFunction?: number;
  /** Seconds after which a worker that has nothing to do ends; absent: five minutes. */
  idleSeconds?: number;
  onFailure: (failure: FunctionFailure) => void;
};

/** So many requests of the HTTP API share a worker at most. */
const sharedCalls = 200;

/**
 * The workers of one function: started when needed, at most `size`, used again, ended when idle for long. A worker
 * takes one call at a time, as on Lambda. Only functions behind the HTTP API share their workers between calls: a
 * request may wait ten seconds for an insurer, and a worker for each of hundreds of such requests does not fit here.
 */
export class Pool {
  readonly size: number;
  running = 0;
  private readonly declaration: FunctionDeclaration;
  private readonly settings: PoolSettings;
  private readonly callsPerWorker: number;
  /** Workers that take calls; the others of `all` are ending. */
  private readonly open = new Set<FunctionWorker>();
  private readonly all = new Set<FunctionWorker>();
  private readonly idleTimers = new Map<FunctionWorker, NodeJS.Timeout>();
  private readonly waiting: ((crash?: string) => void)[] = [];
  private calls = 0;
  private stopped = false;
  /** Its last worker does not end for being idle. */
  private warm = false;

  constructor(declaration: FunctionDeclaration, settings: PoolSettings) {
    this.declaration = declaration;
    this.settings = settings;
    this.callsPerWorker = declaration.shared ? sharedCalls : 1;
    const most = settings.maxWorkersPerFunction ?? availableParallelism();
    this.size = Math.max(1, Math.min(declaration.concurrency, most));
  }

  /** @throws FunctionFailure */
  async invoke(event: unknown): Promise<unknown> {
    this.running++;
    try {
      return await this.call(await this.freeWorker(), event);
    } catch (error) {
      // Workers that a stop ends have not failed: their messages come back when the hub starts again.
      if (error instanceof FunctionFailure && !this.stopped) this.settings.onFailure(error);
      throw error;
    } finally {
      this.running--;
    }
  }

  /** Loads a worker, if there is none, and keeps one from now on. */
  async keepWarm(): Promise<void> {
    this.warm = true;
    if (this.all.size === 0 && !this.stopped) this.start();
    await Promise.race([...this.all].map(({ loaded }) => loaded));
  }

  /** Ends a worker in the middle of what it does, as a crash would. @returns false when none is at work. */
  async kill(): Promise<boolean> {
    const busy = [...this.open].find(({ calls }) => calls > 0);
    if (busy === undefined) return false;
    this.open.delete(busy);
    await busy.end();
    return true;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.idleTimers.values()) clearTimeout(timer);
    for (const wake of this.waiting.splice(0)) wake();
    await Promise.all([...this.all].map((worker) => worker.end()));
  }

  private async call(worker: FunctionWorker, event: unknown): Promise<unknown> {
    const { id, timeoutSeconds } = this.declaration;
    const context = this.contextOf(worker);
    const requestId = context.awsRequestId;
    try {
      const ended = await worker.call(event, context, timeoutSeconds);
      if (ended.kind === 'timeout') {
        await this.retire(worker);
        throw new FunctionFailure('timeout', id, requestId, `Task timed out after ${timeoutSeconds} seconds`);
      }
      if (ended.kind === 'crash') throw new FunctionFailure('crash', id, requestId, ended.message);
      const { outcome } = ended;
      if (outcome.ok) return outcome.json === undefined ? undefined : JSON.parse(outcome.json);
      const failure = new FunctionFailure('error', id, requestId, `${outcome.name}: ${outcome.message}`);
      failure.stack = outcome.stack;
      throw failure;
    } finally {
      this.release(worker);
    }
  }

  private contextOf(worker: FunctionWorker) {
    const { name, arn, memoryMb } = this.declaration;
    return {
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: String(memoryMb),
      awsRequestId: randomUUID(),
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: worker.name,
      callbackWaitsForEmptyEventLoop: false,
    };
  }

  /** A worker with one more call counted: whichever is free first, one at work or one that loads. */
  private async freeWorker(): Promise<FunctionWorker> {
    const { id, concurrency } = this.declaration;
    for (;;) {
      if (this.stopped) throw new FunctionFailure('crash', id, '', 'The hub is stopping.');
      const worker = this.calls < concurrency ? this.chosen() : undefined;
      if (worker !== undefined) {
        clearTimeout(this.idleTimers.get(worker));
        worker.calls++;
        this.calls++;
        return worker;
      }
      const crash = await new Promise<string | undefined>((resolve) => this.waiting.push(resolve));
      if (crash !== undefined) throw new FunctionFailure('crash', id, '', crash);
    }
  }

  /** The loaded worker with the fewest calls. Where it has one already, or there is none, another begins to load. */
  private chosen(): FunctionWorker | undefined {
    const loaded = [...this.open].filter(({ ready }) => ready).sort((one, other) => one.calls - other.calls);
    const [least] = loaded;
    if (least?.calls === 0) return least;
    // One for each call that waits, and for this one; calls that share need no more than one.
    const enough = this.callsPerWorker > 1 ? 1 : this.waiting.length + 1;
    if (this.all.size < this.size && this.open.size - loaded.length < enough) this.start();
    return least !== undefined && least.calls < this.callsPerWorker ? least : undefined;
  }

  private start(): void {
    const worker: FunctionWorker = new FunctionWorker(this.declaration, this.settings, () => {
      this.open.delete(worker);
      this.all.delete(worker);
      // Else it would be started again and again for the call that waits for it.
      this.waiting.shift()?.(worker.ready ? undefined : worker.fault);
    });
    this.all.add(worker);
    this.open.add(worker);
    void worker.loaded.then(() => {
      this.endWhenIdle(worker);
      for (const wake of this.waiting.splice(0, this.callsPerWorker)) wake();
    });
  }

  private release(worker: FunctionWorker): void {
    worker.calls--;
    this.calls--;
    this.waiting.shift()?.();
    if (worker.calls > 0) return;
    if (this.open.has(worker)) this.endWhenIdle(worker);
    else void worker.end();
  }

  private endWhenIdle(worker: FunctionWorker): void {
    const end = () => {
      if (this.warm && this.open.size === 1) return;
      this.open.delete(worker);
      void worker.end();
    };
    this.idleTimers.set(worker, setTimeout(end, (this.settings.idleSeconds ?? 300) * 1000).unref());
  }

  /** Nobody can stop code that runs in a worker, so the worker ends: at once, or when its other calls have ended. */
  private async retire(worker: FunctionWorker): Promise<void> {
    this.open.delete(worker);
    if (worker.calls === 1) await worker.end();
  }
}
