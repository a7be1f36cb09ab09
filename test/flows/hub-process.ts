import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressFile, addressOf, type HubClient, hubClient } from '../../infra/cli/client.ts';

export const program = join(import.meta.dirname, '../../infra/cli/canbao.ts');

/** Starts `canbao` in a process of its own; what it says of trouble is shown. */
export function canbaoProcess(words: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
}

/** A hub that a test kills and starts again, as it was left. */
export class HubProcess {
  private readonly data: string;
  private readonly options: { readonly port: number; readonly env?: Readonly<Record<string, string>> };
  private child: ChildProcess | undefined;

  /** @param port 0: any that is free. */
  constructor(data: string, options: { readonly port: number; readonly env?: Readonly<Record<string, string>> }) {
    this.data = data;
    this.options = options;
  }

  /** Starts it, and waits until it says where it is. */
  async start(): Promise<void> {
    const address = join(this.data, addressFile);
    const { port, env } = this.options;
    // That of a hub that was killed says nothing.
    rmSync(address, { force: true });
    const child = canbaoProcess(['up', '--data', this.data, '--port', String(port)], env);
    this.child = child;
    for (let waited = 0; waited < 600; waited += 1) {
      if (existsSync(address)) return;
      if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}`);
      await sleep(100);
    }
    throw new Error('the hub did not start within a minute');
  }

  /** With no time to say goodbye. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Of the hub that runs now. */
  client(): HubClient {
    return hubClient(addressOf({ data: this.data }));
  }
}
