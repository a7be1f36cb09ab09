import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningHub } from '../../infra/cli/embedded.ts';

const root = join(import.meta.dirname, '..', '..');

/** Runs `canbao` against an embedded hub, in a process whose clock is that of the hub. */
export function canbao(
  { hub, address }: RunningHub,
  ...words: string[]
): Promise<{ code: number; out: string; err: string }> {
  const aheadMs = hub.clock.now().getTime() - Date.now();
  const env = { ...process.env, CANBAO_KEY: address.key };
  const call = ['--import', clockOf(aheadMs), join(root, 'infra/cli/canbao.ts'), ...words, '--endpoint', hub.url];
  return new Promise((resolve) => {
    execFile(process.execPath, call, { env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

function clockOf(aheadMs: number): string {
  const module = join(mkdtempSync(join(tmpdir(), 'canbao-clock-')), 'clock.ts');
  writeFileSync(
    module,
    `import { followClock } from ${JSON.stringify(join(root, 'infra/local/hub-clock.ts'))};
     const shared = new SharedArrayBuffer(8);
     new BigInt64Array(shared)[0] = ${BigInt(Math.round(aheadMs))}n;
     followClock(shared);`,
  );
  return module;
}
