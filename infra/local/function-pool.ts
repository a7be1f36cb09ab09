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
  private readonly waiting: (() => void)[] = [];
  private calls = 0;
  private stopped = false;

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

  /** A worker with one more call counted. */
  private async freeWorker(): Promise<FunctionWorker> {
    for (;;) {
      if (this.stopped) throw new FunctionFailure('crash', this.declaration.id, '', 'The hub is stopping.');
      const worker = this.calls < this.declaration.concurrency ? this.chosen() : undefined;
      if (worker !== undefined) {
        clearTimeout(this.idleTimers.get(worker));
        worker.calls++;
        this.calls++;
        return worker;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** An idle worker, else a new one; a shared one that is loaded takes the call while the new one loads. */
  private chosen(): FunctionWorker | undefined {
    const load = (worker: FunctionWorker) => worker.calls + (worker.ready ? 0 : this.callsPerWorker - 0.5);
    const least = () => [...this.open].sort((one, other) => load(one) - load(other))[0];
    if (this.all.size < this.size && (least()?.calls ?? 1) > 0) this.start();
    const worker = least();
    return worker !== undefined && worker.calls < this.callsPerWorker ? worker : undefined;
  }

  private start(): void {
    const worker: FunctionWorker = new FunctionWorker(this.declaration, this.settings, () => {
      this.open.delete(worker);
      this.all.delete(worker);
      this.waiting.shift()?.();
    });
    this.all.add(worker);
    this.open.add(worker);
  }

  private release(worker: FunctionWorker): void {
    worker.calls--;
    this.calls--;
    this.waiting.shift()?.();
    if (worker.calls > 0) return;
    if (!this.open.has(worker)) return void worker.end();
    const end = () => {
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
