import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { FunctionDeclaration } from './declarations.ts';
import type { End, Invocation, Outcome, Ready, WorkerData } from './worker.ts';

export type WorkerSettings = {
  /** Absolute path of the handler's source. */
  entryOf: (declaration: FunctionDeclaration) => string;
  /** Variables that every function gets beside its own: endpoints, credentials, secret. */
  environment: Record<string, string>;
  /** Every worker gets a folder of its own in here as WORK_DIR. */
  workFolder: string;
  /** What `Date` tells in it. */
  clock: SharedArrayBuffer;
  log: (line: object) => void;
};

export type CallOutcome =
  | { kind: 'answered'; outcome: Outcome }
  | { kind: 'timeout' }
  | { kind: 'crash'; message: string };

/** One worker thread of a function, with its folder. */
export class FunctionWorker {
  readonly name = randomUUID();
  /** Calls that it has been given and has not answered. */
  calls = 0;
  /** Its module is loaded, or has failed to. */
  ready = false;
  /** Resolves when it is ready. */
  readonly loaded: Promise<void>;
  /** What it ended of. */
  fault = 'The worker ended before it answered.';
  private readonly thread: Worker;
  private readonly folder: string;
  private readonly exited: Promise<void>;
  private readonly answers = new Map<string, (outcome: Outcome) => void>();

  constructor(declaration: FunctionDeclaration, settings: WorkerSettings, onExit: () => void) {
    this.folder = join(settings.workFolder, `${declaration.name}-${this.name}`);
    mkdirSync(this.folder, { recursive: true });
    this.thread = startThread(declaration, settings, this.folder);
    forward(this.thread.stdout, declaration.id, settings.log);
    forward(this.thread.stderr, declaration.id, settings.log);
    this.thread.on('error', (error: unknown) => {
      this.fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    });
    this.loaded = new Promise((resolve) => {
      this.thread.on('message', (message: Ready | { id: string; outcome: Outcome }) => {
        if (message !== 'ready') return this.answers.get(message.id)?.(message.outcome);
        this.ready = true;
        resolve();
      });
    });
    this.exited = new Promise((resolve) => {
      this.thread.once('exit', () => {
        onExit();
        rmSync(this.folder, { recursive: true, force: true });
        resolve();
      });
    });
  }

  /** Time runs once the module is loaded. */
  async call(event: unknown, context: Record<string, unknown>, seconds: number): Promise<CallOutcome> {
    const crashed = this.exited.then((): CallOutcome => ({ kind: 'crash', message: this.fault }));
    await Promise.race([this.loaded, crashed]);
    const id = String(context.awsRequestId);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<CallOutcome>((resolve) => {
      timer = setTimeout(resolve, seconds * 1000, { kind: 'timeout' });
    });
    const answered = new Promise<CallOutcome>((resolve) => {
      this.answers.set(id, (outcome) => resolve({ kind: 'answered', outcome }));
    });
    this.thread.postMessage({ id, event, context, deadline: Date.now() + seconds * 1000 } satisfies Invocation);
    try {
      return await Promise.race([answered, late, crashed]);
    } finally {
      clearTimeout(timer);
      this.answers.delete(id);
    }
  }

  /** Ends the thread as it is asked to, or else by force: JavaScript that never yields hears no message. */
  async end(): Promise<void> {
    this.thread.postMessage('end' satisfies End);
    await Promise.race([this.exited, sleep(1000)]);
    void this.thread.terminate();
    await Promise.race([this.exited, sleep(4000)]);
  }
}

function startThread(declaration: FunctionDeclaration, settings: WorkerSettings, folder: string): Worker {
  const data: WorkerData = {
    entry: settings.entryOf(declaration),
    exported: declaration.exported,
    clock: settings.clock,
  };
  return new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: data,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: folder,
      // What it compiles stays when its own folder goes, for the next worker.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache'),
      AWS_LAMBDA_FUNCTION_NAME: declaration.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(declaration.memoryMb),
      ...declaration.environment,
      ...settings.environment,
      WORK_DIR: folder,
    },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: declaration.memoryMb },
  });
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
