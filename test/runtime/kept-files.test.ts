import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keptFiles } from '../../functions/runtime/kept-files.ts';

let folder: string;
let fetched: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'canbao-kept-'));
  fetched = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('kept files', () => {
  test('are fetched once, and are the same in every step', async () => {
    const files = keptFiles(join(folder, 'kept'), 100);
    const paths = [
      await place(files, 'a', 'step-1'),
      await place(files, 'a', 'step-2'),
      await place(files, 'b', 'step-2'),
    ];
    expect(fetched).toEqual(['a', 'b']);
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['bytes of a', 'bytes of a', 'bytes of b']);
  });

  test('take the place of what an earlier try has put there', async () => {
    const files = keptFiles(join(folder, 'kept'), 100);
    const path = join(folder, 'step', 'file');
    for (const digest of ['d1', 'd2', 'd1', 'd1'])
      await files.place({ key: digest, digest }, path, async () => writeFileSync(path, `bytes of ${digest}`));
    expect(readFileSync(path, 'utf8')).toBe('bytes of d1');
    await files.place({ key: 'd2', digest: 'd2' }, path, async () => expect.unreachable());
    expect(readFileSync(path, 'utf8')).toBe('bytes of d2');
  });

  test('are known by their bytes, not by their keys', async () => {
    const files = keptFiles(join(folder, 'kept'), 100);
    const at = (step: string) => join(folder, step, 'file');
    const fetch = async () => void fetched.push(writeNew(at('one')));
    await files.place({ key: 'x/file', digest: 'd1' }, at('one'), fetch);
    await files.place({ key: 'y/file', digest: 'd1' }, at('two'), fetch);
    expect(fetched).toHaveLength(1);
    expect(readFileSync(at('two'), 'utf8')).toBe('new');
  });

  test('outlive the steps, not the limit: what was used longest ago goes, whole for the step that still reads it', async () => {
    const files = keptFiles(join(folder, 'kept'), 20);
    const first = await place(files, 'a', 'step-1');
    await place(files, 'b', 'step-1');
    ageBy(60, 'b');
    ageBy(120, 'a');
    await place(files, 'a', 'step-2');
    await place(files, 'c', 'step-2');
    expect(readdirSync(join(folder, 'kept')).sort()).toEqual(['a', 'c']);
    ageBy(60, 'a');
    await place(files, 'b', 'step-3');
    expect(readdirSync(join(folder, 'kept')).sort()).toEqual(['b', 'c']);
    expect(fetched).toEqual(['a', 'b', 'c', 'b']);
    expect(readFileSync(first, 'utf8')).toBe('bytes of a');
  });

  test('of one that could not be fetched whole nothing is kept', async () => {
    const files = keptFiles(join(folder, 'kept'), 100);
    const cut = join(folder, 'step-1', 'a');
    const broken = files.place({ key: 'a', digest: 'a' }, cut, async () => {
      writeFileSync(cut, 'byt');
      throw new Error('connection lost');
    });
    await expect(broken).rejects.toThrow('connection lost');
    expect(readFileSync(await place(files, 'a', 'step-2'), 'utf8')).toBe('bytes of a');
  });

  test('may be asked for side by side', async () => {
    const files = keptFiles(join(folder, 'kept'), 25);
    const names = ['a', 'b', 'a', 'c', 'b', 'd'];
    const paths = await Promise.all(names.map((name, at) => place(files, name, `step-${at}`)));
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(names.map((name) => `bytes of ${name}`));
  });
});

/** Ten bytes each. */
async function place(files: ReturnType<typeof keptFiles>, name: string, step: string): Promise<string> {
  const path = join(folder, step, name);
  await files.place({ key: `snapshots/${name}`, digest: name }, path, async () => {
    fetched.push(name);
    writeFileSync(path, `bytes of ${name}`);
  });
  return path;
}

function writeNew(path: string): string {
  writeFileSync(path, 'new');
  return path;
}

function ageBy(seconds: number, name: string): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(join(folder, 'kept', name), then, then);
}
