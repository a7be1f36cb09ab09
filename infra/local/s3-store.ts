import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

// s3rver is CommonJS without types; what the hub uses of it is typed at the end of this file.
const require = createRequire(import.meta.url);
const FilesystemStore = require('s3rver/lib/stores/filesystem.js') as FilesystemStoreClass;
const S3Object = require('s3rver/lib/models/object.js') as S3ObjectClass;
export const S3Error = require('s3rver/lib/models/error.js') as S3ErrorClass;

export type ObjectEvent = { name: string; bucket: string; key: string; size?: number; md5?: string };

/**
 * The store of s3rver, made whole. As published it writes objects in place and answers before the bytes are in the
 * file: readers see half an object, and a crash, or a client that goes away, leaves one behind. Here bytes go to a
 * file beside the buckets, which then takes the object's place in one step.
 *
 * Every change is announced before the client gets its answer. A note is on disk from before an object takes its
 * place until it is announced, so that a crash in between loses no announcement: `announceUnfinished` makes up for it.
 */
export class WholeObjectStore extends FilesystemStore {
  private readonly buckets: string;
  private readonly incoming: string;
  private readonly notes: string;
  private readonly announce: (event: ObjectEvent) => void;
  /** Ends of what is under way, by object. */
  private readonly turns = new Map<string, Promise<void>>();

  /** @param folder Where `buckets`, `incoming` and `notes` are made. */
  static async open(folder: string, announce: (event: ObjectEvent) => void): Promise<WholeObjectStore> {
    const store = new WholeObjectStore(folder, announce);
    await rm(store.incoming, { recursive: true, force: true });
    await Promise.all([store.buckets, store.incoming, store.notes].map((each) => mkdir(each, { recursive: true })));
    return store;
  }

  private constructor(folder: string, announce: (event: ObjectEvent) => void) {
    super(join(folder, 'buckets'));
    this.buckets = join(folder, 'buckets');
    this.incoming = join(folder, 'incoming');
    this.notes = join(folder, 'notes');
    this.announce = announce;
  }

  override async putObject(object: S3Object, event = 'ObjectCreated:Put'): Promise<Stored> {
    const { path, ...stored } = await this.receive(object.content as Readable | Buffer);
    const { bucket, key } = object;
    const target = this.getResourcePath(bucket, key, 'object');
    await mkdir(dirname(target), { recursive: true });
    return this.inTurn(bucket, key, async () => {
      const note = join(this.notes, randomUUID());
      await writeFile(note, JSON.stringify({ bucket, key }));
      // Bytes without a digest get theirs when they are read: none of other bytes may stand beside them.
      await rm(this.getResourcePath(bucket, key, 'object.md5'), { force: true });
      await rename(path, target);
      await this.putMetadata(bucket, key, object.metadata, stored.md5);
      this.announce({ name: event, bucket, key, ...stored });
      await unlink(note);
      return stored;
    });
  }

  /** Opens the very bytes that the metadata are of. */
  override getObject(...which: [string, string, object?]): Promise<S3Object | null> {
    const [bucket, key] = which;
    return this.inTurn(bucket, key, () => super.getObject(...which));
  }

  /** What is not the object's bytes: written beside and moved into place, as a crash may leave an empty file behind. */
  override async putMetadata(bucket: string, key: string, metadata: Metadata, md5?: string): Promise<void> {
    const {
      'last-modified': _,
      etag: __,
      'content-length': ___,
      ...kept
    } = new S3Object(bucket, key, null, metadata).metadata;
    const replace = async (resource: string, text: string) => {
      const path = join(this.incoming, randomUUID());
      await writeFile(path, text);
      await rename(path, this.getResourcePath(bucket, key, resource));
    };
    if (md5 !== undefined) await replace('object.md5', md5);
    await replace('metadata.json', JSON.stringify(kept));
  }

  override async putPart(bucket: string, uploadId: string, part: string, content: Readable): Promise<Stored> {
    const folder = await this.upload(bucket, uploadId);
    const { path, ...stored } = await this.receive(content);
    await rename(path, join(folder, part));
    await writeFile(join(folder, `${part}.md5`), stored.md5);
    return stored;
  }

  override async putObjectMultipart(bucket: string, uploadId: string, parts: Part[]): Promise<Stored> {
    const folder = await this.upload(bucket, uploadId);
    for (const { number, etag } of parts) {
      const md5 = await readFile(join(folder, `${number}.md5`), 'utf8').catch(() => undefined);
      if (md5 !== etag) throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.');
    }
    const [key, metadata] = await Promise.all(['key', 'metadata'].map((name) => readFile(join(folder, name), 'utf8')));
    const inOrder = parts.map(({ number }) => number).sort((one, other) => one - other);
    const content = Readable.from(concatenated(inOrder.map((number) => join(folder, String(number)))));
    const object = new S3Object(bucket, key as string, content, JSON.parse(metadata as string));
    const stored = await this.putObject(object, 'ObjectCreated:CompleteMultipartUpload');
    await rm(folder, { recursive: true, force: true });
    return stored;
  }

  override async copyObject(...copy: [string, string, string, string, object | null]): Promise<object> {
    const [, , bucket, key] = copy;
    const metadata = await this.inTurn(bucket, key, () => super.copyObject(...copy));
    this.announce({ name: 'ObjectCreated:Copy', bucket, key });
    return metadata;
  }

  override async deleteObject(bucket: string, key: string): Promise<void> {
    await this.inTurn(bucket, key, () => super.deleteObject(bucket, key));
    this.announce({ name: 'ObjectRemoved:Delete', bucket, key });
  }

  /** A page of a listing in the order of S3; what follows `next` is the rest. */
  async list(bucket: string, { prefix, delimiter, after, most }: ListOptions): Promise<Page> {
    const entryOf = (key: string) => {
      const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      return cut < 0 ? key : key.slice(0, cut + delimiter.length);
    };
    const keys = await this.keys(bucket, prefix);
    const own = new Set(keys);
    const entries = [...new Set(keys.map(entryOf))].filter((entry) => entry > after);
    const page = entries.slice(0, most);
    const objects = await Promise.all(page.filter((entry) => own.has(entry)).map((key) => this.described(bucket, key)));
    return {
      objects: objects.filter((object) => object !== undefined),
      prefixes: page.filter((entry) => !own.has(entry)),
      next: entries.length > most ? page.at(-1) : undefined,
    };
  }

  /** Announces the objects whose announcement a crash may have cut off; some for the second time. */
  async announceUnfinished(): Promise<void> {
    for (const name of await readdir(this.notes)) {
      const note = join(this.notes, name);
      // A note that was cut off is of an object that had not yet taken its place.
      const { bucket, key } = noteOf(await readFile(note, 'utf8'));
      const object = await this.described(bucket, key);
      if (object !== undefined) {
        const md5 = String(object.metadata.etag).replaceAll('"', '');
        this.announce({ name: 'ObjectCreated:Put', bucket, key, size: Number(object.metadata['content-length']), md5 });
      }
      await unlink(note);
    }
  }

  private async receive(content: Readable | Buffer): Promise<Stored & { path: string }> {
    const path = join(this.incoming, randomUUID());
    const digest = createHash('md5');
    let size = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        digest.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await pipeline(Buffer.isBuffer(content) ? Readable.from([content]) : content, measure, createWriteStream(path));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { path, size, md5: digest.digest('hex') };
  }

  /** One at a time for each object: it is several files, and those of two writers must not mix. */
  private async inTurn<T>(bucket: string, key: string, work: () => Promise<T>): Promise<T> {
    const name = `${bucket}/${key}`;
    const mine = (this.turns.get(name) ?? Promise.resolve()).then(work);
    const end = mine.then(
      () => {},
      () => {},
    );
    this.turns.set(name, end);
    try {
      return await mine;
    } finally {
      if (this.turns.get(name) === end) this.turns.delete(name);
    }
  }

  private async upload(bucket: string, uploadId: string): Promise<string> {
    const folder = join(this.getResourcePath(bucket, undefined, 'uploads'), uploadId);
    if ((await stat(folder).catch(() => undefined)) === undefined) {
      throw new S3Error('NoSuchUpload', 'The specified upload does not exist.');
    }
    return folder;
  }

  private async keys(bucket: string, prefix: string): Promise<string[]> {
    const folder = this.getBucketPath(bucket);
    const start = join(folder, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const files = await readdir(start, { recursive: true }).catch(() => []);
    return files
      .filter((file) => file.endsWith(objectSuffix))
      .map((file) => relative(folder, join(start, file)).slice(0, -objectSuffix.length))
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  private async described(bucket: string, key: string): Promise<S3Object | undefined> {
    const metadata = await this.inTurn(bucket, key, () => this.getMetadata(bucket, key)).catch(() => undefined);
    return metadata && new S3Object(bucket, key, null, metadata);
  }
}

const objectSuffix = '._S3rver_object';

function noteOf(text: string): { bucket: string; key: string } {
  try {
    return JSON.parse(text);
  } catch {
    return { bucket: '', key: '' };
  }
}

async function* concatenated(paths: string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path, { highWaterMark: 1024 * 1024 });
}

type Stored = { size: number; md5: string };
type Part = { number: number; etag: string };
type Metadata = Record<string, string | number>;
type S3Object = { bucket: string; key: string; content: unknown; metadata: Metadata };
type S3ObjectClass = new (bucket: string, key: string, content: unknown, metadata: Metadata) => S3Object;
type S3ErrorClass = new (code: string, message: string, detail?: Record<string, string>) => Error;
type ListOptions = { prefix: string; delimiter: string; after: string; most: number };
type Page = { objects: S3Object[]; prefixes: string[]; next: string | undefined };
type FilesystemStoreClass = new (
  root: string,
) => {
  getBucketPath(bucket: string): string;
  getResourcePath(bucket: string, key: string | undefined, resource: string): string;
  getMetadata(bucket: string, key: string): Promise<Metadata>;
  getBucket(bucket: string): Promise<object | null>;
  getObject(bucket: string, key: string, range?: object): Promise<S3Object | null>;
  putBucket(bucket: string): Promise<unknown>;
  putMetadata(bucket: string, key: string, metadata: Metadata, md5?: string): Promise<void>;
  putObject(object: S3Object): Promise<Stored>;
  putPart(bucket: string, uploadId: string, part: string, content: Readable): Promise<Stored>;
  putObjectMultipart(bucket: string, uploadId: string, parts: Part[]): Promise<Stored>;
  copyObject(...copy: [string, string, string, string, object | null]): Promise<object>;
  deleteObject(bucket: string, key: string): Promise<void>;
};
