import { isUtf8 } from 'node:buffer';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Refusal, refuse } from '../../../schemas/errors.ts';
import { headOf } from './file-kind.ts';

/** A text as a UTF-8 file; its first `start` bytes are a byte-order mark. */
export type Utf8Text = {
  readonly path: string;
  readonly start: number;
  /** What the file came in. */
  readonly encoding: 'utf-8' | 'gb18030' | 'utf-16le';
};

/**
 * Finds a text's encoding, strictly and in this order: byte-order mark, UTF-8, GB 18030. A UTF-8 file is used as it
 * is; any other is rewritten into `folder`, chunk by chunk. Refusal: `unreadable-encoding`.
 */
export async function asUtf8(path: string, folder: string): Promise<Utf8Text | Refusal> {
  const head = await headOf(path, 4096);
  const mark = head.subarray(0, 3).toString('hex');
  if (mark.startsWith('fffe')) return rewrite(path, 'utf-16le', folder);
  // Without its mark UTF-16 shows as text full of zero bytes, which are valid UTF-8.
  if (mark.startsWith('feff') || head.filter((byte) => byte === 0).length > head.length / 10)
    return refuse('unreadable-encoding');
  const start = mark === utf8Mark ? 3 : 0;
  if (await isUtf8File(path)) return { path, start, encoding: 'utf-8' };
  return start > 0 ? refuse('unreadable-encoding') : rewrite(path, 'gb18030', folder);
}

const chunkBytes = 1024 ** 2;
const utf8Mark = 'efbbbf';

async function isUtf8File(path: string): Promise<boolean> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const read of createReadStream(path, { highWaterMark: chunkBytes })) {
    const chunk = rest.length > 0 ? Buffer.concat([rest, read as Buffer]) : (read as Buffer);
    const end = endOfWholeCharacters(chunk);
    if (!isUtf8(chunk.subarray(0, end))) return false;
    rest = chunk.subarray(end);
  }
  return rest.length === 0;
}

/** Where the last character of a chunk begins if the chunk may cut it, else the chunk's end. */
function endOfWholeCharacters(chunk: Buffer): number {
  for (let back = 1; back <= Math.min(3, chunk.length); back++) {
    const byte = chunk[chunk.length - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? chunk.length - back : chunk.length;
  }
  return chunk.length;
}

async function rewrite(path: string, encoding: 'gb18030' | 'utf-16le', folder: string): Promise<Utf8Text | Refusal> {
  const target = join(folder, 'text.utf8');
  const decoder = new TextDecoder(encoding, { fatal: true });
  let wrong = false;
  const decode = (chunk?: Buffer): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch (error) {
      wrong = true;
      throw error;
    }
  };
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: chunkBytes }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) yield decode(chunk);
        yield decode();
      },
      createWriteStream(target),
    );
  } catch (error) {
    if (wrong) return refuse('unreadable-encoding');
    throw error;
  }
  const head = await headOf(target, 3);
  return { path: target, start: head.toString('hex') === utf8Mark ? 3 : 0, encoding };
}
