import { execFile } from 'node:child_process';
import { join } from 'node:path';

export const cli = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'canbao.ts');

/** The form of a key, for hubs that look at no signature. */
export const someKey = `whsec_${'A'.repeat(43)}=`;

/** Runs the command line with these words as a process of its own; who calls is in `env` alone. */
export function runCanbao(
  words: readonly string[],
  env: { CANBAO_KEY?: string; CANBAO_CLIENT?: string } = {},
): Promise<{ code: number; out: string; err: string }> {
  const { CANBAO_KEY: _, CANBAO_CLIENT: __, ...others } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...words], { env: { ...others, ...env } }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}
