import { link, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { environment } from './env.ts';

/** A file that never changes: `digest` names its bytes. */
export type NamedFile = { readonly key: string; readonly digest: string };

/** Local copies of files that are read again and again. */
export type KeptFiles = {
  /** Puts a file at `path`: the copy that is kept, or else what `fetch` writes there, which is kept from now on. */
  place(file: NamedFile, path: string, fetch: () => Promise<void>): Promise<void>;
  /** Keeps a file that was just written at `path`: who reads it next need not fetch it. */
  keep(file: Pick<NamedFile, 'digest'>, path: string): Promise<void>;
};

const env = environment({ WORK_DIR: z.string().default('/tmp'), KEPT_DIR: z.string().optional() });

/** Those of this instance of a function, or of all functions where they share a machine. */
export const keptHere = (): KeptFiles => keptFiles(env.KEPT_DIR ?? join(env.WORK_DIR, 'kept'), 1024 ** 3);

/**
 * Keeps files in a folder, the ones used last, up to `limitBytes`. A kept file and its places are links to the same
 * bytes: what is dropped here stays whole for the step that reads it, and takes no room twice.
 */
export function keptFiles(folder: string, limitBytes: number): KeptFiles {
  const keep: KeptFiles['keep'] = async ({ digest }, path) => {
    await mkdir(folder, { recursive: true });
    await linked(path, join(folder, digest), 'EEXIST');
    await dropOldest(folder, limitBytes);
  };
  return {
    keep,
    async place(file, path, fetch) {
      const kept = join(folder, file.digest);
      await mkdir(dirname(path), { recursive: true });
      // A step that begins anew may have put another file there.
      await rm(path, { force: true });
      if (await linked(kept, path, 'ENOENT')) {
        const now = new Date();
        // Another step may have dropped it since: then it is fetched again next time.
        await utimes(kept, now, now).catch(() => undefined);
        return;
      }
      await fetch();
      await keep(file, path);
    },
  };
}

/** False for the one reason why it may be impossible: nothing to link to (ENOENT), or something there already (EEXIST). */
async function linked(from: string, to: string, unless: 'ENOENT' | 'EEXIST'): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === unless) return false;
    throw error;
  }
}

async function dropOldest(folder: string, limitBytes: number): Promise<void> {
  const names = await readdir(folder);
  const files = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), ...(await sizeOf(folder, name)) })),
  );
  let bytes = 0;
  for (const file of files.sort((a, b) => b.usedAt - a.usedAt)) {
    bytes += file.bytes;
    if (bytes > limitBytes) await rm(file.path, { force: true });
  }
}

async function sizeOf(folder: string, name: string): Promise<{ bytes: number; usedAt: number }> {
  // Files are fetched side by side: one that is gone by now was dropped by another.
  const file = await stat(join(folder, name)).catch(() => undefined);
  return { bytes: file?.size ?? 0, usedAt: file?.mtimeMs ?? 0 };
}
