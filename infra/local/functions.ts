import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { FunctionDeclaration } from './declarations.ts';
import type { End, Invocation, Outcome, WorkerData } from './worker.ts';

// All threads share libuv's pool, of four by default, and every query of DuckDB holds one of it as long as it runs:
// a few long queries would keep the whole hub from its files. Read when the pool is first used.
process.env.UV_THREADPOOL_SIZE ??= '32';

/** An invocation that threw, ran out of time, or whose worker died; or that said that it failed for some messages. */
export class FunctionFailure extends Error {
  override readonly name = 'FunctionFailure';
  readonly reason: 'error' | 'timeout' | 'crash' | 'messages';
  /** Logical id of the function. */
  readonly function: string;
  readonly requestId: string;

  constructor(reason: FunctionFailure['reason'], of: string, requestId: string, message: string) {
    super(message);
    this.reason = reason;
    this.function = of;
    this.requestId = requestId;
  }
}

export type FunctionSettings = {
  /** Absolute path of the handler's source. */
  entryOf: (declaration: FunctionDeclaration) => string;
  /** Variables that every function gets beside its own: endpoints, credentials, secret. */
  environment: Record<string, string>;
  /** Every worker gets a folder of its own in here as WORK_DIR. */
  workFolder: string;
  maxWorkersPerFunction?: number;
  log: (line: object) => void;
  onFailure: (failure: FunctionFailure) => void;
};

/** The functions of the template; each runs in worker threads that are kept warm. */
export class Functions {
  private readonly pools: Map<string, Pool>;
  private readonly settings: FunctionSettings;

  constructor(declarations: readonly FunctionDeclaration[], settings: FunctionSettings) {
    this.settings = settings;
    this.pools = new Map(declarations.map((declaration) => [declaration.id, new Pool(declaration, settings)]));
  }

  /** @throws FunctionFailure */
  invoke(id: string, event: unknown, limitSeconds?: number): Promise<unknown> {
    return this.pool(id).invoke(event, limitSeconds);
  }

  /** Makes known that a function returned, but named messages that it failed for. */
  failedFor(id: string, messageIds: readonly string[]): void {
    this.settings.onFailure(
      new FunctionFailure('messages', id, '', `The function failed for ${messageIds.join(', ')}`),
    );
  }

  /** How many invocations of the function can run at a time. */
  concurrency(id: string): number {
    return this.pool(id).size;
  }

  get running(): number {
    return [...this.pools.values()].reduce((sum, pool) => sum + pool.running, 0);
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

/** The workers of one function: started when needed, at most `size`, used again. */
class Pool {
  readonly size: number;
  running = 0;
  private readonly declaration: FunctionDeclaration;
  private readonly settings: FunctionSettings;
  private idle: Instance[] = [];
  private readonly all = new Set<Instance>();
  private readonly waiting: (() => void)[] = [];
  private stopped = false;

  constructor(declaration: FunctionDeclaration, settings: FunctionSettings) {
    this.declaration = declaration;
    this.settings = settings;
    this.size = Math.max(
      1,
      Math.min(declaration.concurrency, settings.maxWorkersPerFunction ?? availableParallelism()),
    );
  }

  async invoke(event: unknown, limitSeconds = Number.POSITIVE_INFINITY): Promise<unknown> {
    this.running++;
    try {
      while (this.idle.length === 0 && this.all.size >= this.size) {
        await new Promise<void>((resolve) => this.waiting.push(resolve));
      }
      if (this.stopped) throw new FunctionFailure('crash', this.declaration.id, '', 'The hub is stopping.');
      const instance = this.idle.pop() ?? this.start();
      const seconds = Math.min(this.declaration.timeoutSeconds, limitSeconds);
      return await this.call(instance, event, seconds);
    } catch (error) {
      // Workers that a stop ends have not failed: their messages come back when the hub starts again.
      if (error instanceof FunctionFailure && !this.stopped) this.settings.onFailure(error);
      throw error;
    } finally {
      this.running--;
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.all].map((instance) => instance.end()));
  }

  private async call(instance: Instance, event: unknown, seconds: number): Promise<unknown> {
    const { id, name, arn, memoryMb } = this.declaration;
    const requestId = randomUUID();
    const context = {
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: String(memoryMb),
      awsRequestId: requestId,
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: instance.name,
      callbackWaitsForEmptyEventLoop: false,
    };
    const outcome = await instance.call(event, context, seconds);
    if (outcome.kind === 'answered') this.idle.push(instance);
    this.waiting.shift()?.();
    if (outcome.kind === 'timeout')
      throw new FunctionFailure('timeout', id, requestId, `Task timed out after ${seconds} seconds`);
    if (outcome.kind === 'crash') throw new FunctionFailure('crash', id, requestId, outcome.message);
    if (!outcome.answer.ok) {
      const failure = new FunctionFailure('error', id, requestId, `${outcome.answer.name}: ${outcome.answer.message}`);
      failure.stack = outcome.answer.stack;
      throw failure;
    }
    return outcome.answer.result;
  }

  private start(): Instance {
    const instance: Instance = new Instance(this.declaration, this.settings, () => {
      this.all.delete(instance);
      this.idle = this.idle.filter((other) => other !== instance);
    });
    this.all.add(instance);
    return instance;
  }
}

type CallOutcome = { kind: 'answered'; answer: Outcome } | { kind: 'timeout' } | { kind: 'crash'; message: string };

/** One worker thread with its folder. */
class Instance {
  readonly name = randomUUID();
  private readonly worker: Worker;
  private readonly folder: string;
  private readonly ready: Promise<unknown>;
  private readonly exited: Promise<void>;
  private fault = 'The worker ended before it answered.';

  constructor(declaration: FunctionDeclaration, settings: FunctionSettings, onEnd: () => void) {
    this.folder = join(settings.workFolder, `${declaration.name}-${this.name}`);
    mkdirSync(this.folder, { recursive: true });
    const data: WorkerData = { entry: settings.entryOf(declaration), exported: declaration.exported };
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: data,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TMPDIR: this.folder,
        AWS_LAMBDA_FUNCTION_NAME: declaration.name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(declaration.memoryMb),
        ...declaration.environment,
        ...settings.environment,
        WORK_DIR: this.folder,
      },
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: declaration.memoryMb },
    });
    forward(this.worker.stdout, declaration.id, settings.log);
    forward(this.worker.stderr, declaration.id, settings.log);
    this.worker.on('error', (error: Error) => {
      this.fault = `${error.name}: ${error.message}`;
    });
    this.ready = new Promise((resolve) => this.worker.once('message', resolve));
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', () => {
        onEnd();
        rmSync(this.folder, { recursive: true, force: true });
        resolve();
      });
    });
  }

  /** Time runs once the module is loaded. When it is over the worker ends: nobody can stop code that runs in it. */
  async call(event: unknown, context: Invocation['context'], seconds: number): Promise<CallOutcome> {
    const crashed = this.exited.then((): CallOutcome => ({ kind: 'crash', message: this.fault }));
    await Promise.race([this.ready, crashed]);
    const timer = new AbortController();
    const late = sleep(seconds * 1000, { kind: 'timeout' } as const, timer).catch(() => crashed);
    const answered = once(this.worker, 'message', timer).then(
      ([answer]): CallOutcome => ({ kind: 'answered', answer }),
      () => crashed,
    );
    const invocation: Invocation = { event, context, deadline: Date.now() + seconds * 1000 };
    this.worker.postMessage(invocation);
    const outcome = await Promise.race([answered, late, crashed]);
    timer.abort();
    if (outcome.kind === 'timeout') await this.end();
    return outcome;
  }

  /** Ends the worker as it is asked to, or else by force: JavaScript that never yields hears no message. */
  async end(): Promise<void> {
    this.worker.postMessage('end' satisfies End);
    await Promise.race([this.exited, sleep(1000)]);
    void this.worker.terminate();
    await Promise.race([this.exited, sleep(4000)]);
  }
}

/** Lines of JSON, as the logger of the functions writes them, keep their fields. */
function forward(stream: Readable, id: string, log: (line: object) => void): void {
  createInterface({ input: stream }).on('line', (line) => log({ function: id, ...parsed(line) }));
}

function parsed(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : { message: line };
  } catch {
    return { message: line };
  }
}
