import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createGunzip } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { isRefusal, type Refusal, refuse } from '../../../schemas/errors.ts';
import type { ReadLimits } from '../../../schemas/settings.ts';
import { kindOfFile } from './file-kind.ts';

/** The data file of a delivery, out of its wrapping. */
export type DataFile = { readonly kind: 'text' | 'xlsx' | 'xls'; readonly path: string };

/**
 * Takes a delivery out of `.gz` and `.zip` into `folder`, by its content and not its name. Never more than the
 * limits allow is written, however much an archive claims or hides. Refusals: `too-large`, `unreadable-file`.
 */
export async function unwrap(path: string, limits: ReadLimits, folder: string): Promise<DataFile | Refusal> {
  const { size } = await stat(path);
  if (size > limits.maxCompressedBytes)
    return tooLarge('文件字节数 (bytes of the file)', size, limits.maxCompressedBytes);
  const opened = new Set<string>();
  for (let current = path; ; ) {
    const found = await kindOfFile(current);
    if (found.kind === 'empty') return unreadable('文件是空的', 'the file is empty');
    if (found.kind === 'foreign') return unreadable(`内容是 ${found.zh}`, `it is ${found.en}`);
    if (found.kind === 'text') return { kind: 'text', path: current };
    if (found.kind === 'ole2') return { kind: 'xls', path: current };
    const contents = found.kind === 'zip' ? await zipContents(current) : undefined;
    if (isRefusal(contents)) return contents;
    if (contents?.workbook) return { kind: 'xlsx', path: current };
    if (opened.has(found.kind)) return unreadable('压缩包里又是压缩包', 'it is an archive inside an archive');
    opened.add(found.kind);
    const target = join(folder, `unpacked-${opened.size}`);
    const refused = contents
      ? await unpackZip(current, contents.entries, target, limits)
      : await unpackGzip(current, target, limits);
    if (refused) return refused;
    current = target;
  }
}

/** Names and sizes in a zip, as its directory gives them; directories and what systems add on their own left out. */
export async function zipContents(path: string): Promise<{ entries: Entry[]; workbook: boolean } | Refusal> {
  try {
    const entries: Entry[] = [];
    let workbook = false;
    const zip = await openPromise(path, { lazyEntries: true, decodeStrings: true, strictFileNames: false });
    for await (const entry of zip.eachEntry()) {
      const office = /^(xl|word|ppt)\//.exec(entry.fileName)?.[1];
      if (office === 'word') return unreadable('内容是 Word 文档', 'it is a Word document');
      if (office === 'ppt') return unreadable('内容是 PowerPoint 文档', 'it is a PowerPoint document');
      if (entry.fileName === 'xl/workbook.bin')
        return unreadable('是 xlsb 工作簿，请另存为 xlsx', 'it is an xlsb workbook; save it as xlsx');
      if (office === 'xl') workbook = true;
      if (!systemFiles.test(entry.fileName)) entries.push(entry);
      if (entries.length > 10_000) return unreadable('压缩包内文件过多', 'the archive holds too many files');
    }
    return { entries, workbook };
  } catch {
    return damagedArchive();
  }
}

const systemFiles = /\/$|^__MACOSX\/|(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$/i;

export function unreadable(zh: string, en: string): Refusal {
  return refuse('unreadable-file', { zh, en });
}

export function tooLarge(what: string, value: number | string, limit: number): Refusal {
  return refuse('too-large', { what, value, limit });
}

async function unpackZip(
  path: string,
  entries: readonly Entry[],
  target: string,
  limits: ReadLimits,
): Promise<Refusal | undefined> {
  const [entry] = entries;
  if (!entry) return unreadable('压缩包是空的', 'the archive is empty');
  if (entries.length > 1)
    return unreadable(
      `压缩包内有 ${entries.length} 个文件，只能有一个`,
      `the archive holds ${entries.length} files; one is allowed`,
    );
  if (entry.isEncrypted()) return unreadable('压缩包有密码', 'the archive has a password');
  const zip: ZipFile = await openPromise(path, { autoClose: false });
  try {
    return await unpack([await zip.openReadStreamPromise(entry)], entry.compressedSize, target, limits, entry.crc32);
  } catch {
    return damagedArchive();
  } finally {
    zip.close();
  }
}

async function unpackGzip(path: string, target: string, limits: ReadLimits): Promise<Refusal | undefined> {
  const { size } = await stat(path);
  return unpack([createReadStream(path), createGunzip()], size, target, limits);
}

/** Runs the streams that decompress into `target` and stops at the limits, which are of what really comes out. */
async function unpack(
  content: readonly Readable[],
  compressedBytes: number,
  target: string,
  limits: ReadLimits,
  expectedCrc?: number,
): Promise<Refusal | undefined> {
  const mostBytes = mostUnpackedBytes(compressedBytes, limits);
  let bytes = 0;
  let crc = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (expectedCrc !== undefined) crc = crc32(chunk, crc);
      done(bytes > mostBytes ? new Error('beyond the limit') : null, chunk);
    },
  });
  try {
    await pipeline([...content, meter, createWriteStream(target)]);
  } catch (error) {
    if (bytes > mostBytes) return tooLarge('解压后字节数 (unpacked bytes)', `> ${mostBytes}`, mostBytes);
    // What the archive does is the sender's; what the disk does is ours.
    if ((error as NodeJS.ErrnoException).syscall) throw error;
    return damagedArchive();
  }
  return expectedCrc !== undefined && crc !== expectedCrc ? damagedArchive() : undefined;
}

/** An archive may unpack to 10 MiB whatever its ratio: small lists of equal rows compress very well. */
export function mostUnpackedBytes(compressedBytes: number, limits: ReadLimits): number {
  return Math.min(limits.maxUncompressedBytes, 10 * 1024 ** 2 + compressedBytes * limits.maxExpansion);
}

function damagedArchive(): Refusal {
  return unreadable('压缩包损坏或不完整', 'the archive is damaged or incomplete');
}
