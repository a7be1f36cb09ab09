import { CommanderError } from 'commander';
import { HubRefusal, HubUnreachable, sumLine } from './client.ts';
import { NothingToShow } from './nothing-to-show.ts';
import { UsageError } from './usage-error.ts';

/**
 * Says what is wrong. 2: called wrongly. 1: the hub said no, or nothing.
 * @throws what was thrown, for a fault of ours, which shows its stack.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (error instanceof HubRefusal) {
    const places = error.issues.map(({ path, message }) => `  ${path}: ${message}\n`);
    const sums = error.sums.map((sum) => `${sumLine(sum)}\n`);
    process.stderr.write(`${error.message} (${error.code})\n${[...places, ...sums].join('')}`);
    return 1;
  }
  const said = error instanceof HubUnreachable || error instanceof NothingToShow;
  if (said || ['MissingJava', 'FolderInUse'].includes((error as Error).name)) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
  const { code = '', path } = error as NodeJS.ErrnoException;
  if (path !== undefined && fileFaults.includes(code)) {
    process.stderr.write(`无法读写文件 ${path}（${code}）\nThe file ${path} cannot be read or written (${code})\n`);
    return 1;
  }
  if (code === 'EADDRINUSE') {
    const { port } = error as { port?: number };
    process.stderr.write(
      `端口 ${port} 已被占用，请用 --port 另选\nPort ${port} is in use: choose another with --port\n`,
    );
    return 1;
  }
  throw error;
}

/** Of a file or folder that the caller has named. */
const fileFaults = ['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'EEXIST', 'ENOTDIR', 'EROFS', 'ENOSPC', 'ENAMETOOLONG'];
