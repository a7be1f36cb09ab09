import type { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createRequire } from 'node:module';
import type { BucketDeclaration } from './declarations.ts';
import { region } from './intrinsics.ts';
import { type ObjectEvent, S3Error, WholeObjectStore } from './s3-store.ts';

const S3rver = createRequire(import.meta.url)('s3rver') as S3rverClass;

const { DUMMY_ACCOUNT } = createRequire(import.meta.url)('s3rver/lib/models/account.js') as {
  DUMMY_ACCOUNT: { createKeyPair(id: string, secret: string): void };
};

export type AccessKey = { readonly id: string; readonly secret: string };

/** The access key that s3rver knows by itself, for stores on their own; it does not check signatures. */
export const accessKey: AccessKey = { id: 'S3RVER', secret: 'S3RVER' };

export type S3 = {
  readonly url: string;
  /** Makes the buckets, and announces what a crash left unannounced to the queues of their notifications. */
  create(buckets: readonly BucketDeclaration[]): Promise<void>;
  stop(): Promise<void>;
};

/**
 * The S3 stand-in: s3rver, with objects as files in a folder.
 * @param notify Puts a message on a queue, and has kept it when it returns.
 */
export async function startS3(
  folder: string,
  notify: (queue: string, body: string) => void,
  key: AccessKey = accessKey,
): Promise<S3> {
  DUMMY_ACCOUNT.createKeyPair(key.id, key.secret);
  let declared: readonly BucketDeclaration[] | undefined;
  const store = await WholeObjectStore.open(folder, (event) => {
    const bucket = declared?.find(({ name }) => name === event.bucket);
    for (const queue of queuesFor(bucket, event)) notify(queue, JSON.stringify(notification(event)));
  });
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: folder, vhostBuckets: false });
  server.store = server.context.store = store;
  server.middleware.unshift(refuseWhatIsNotKept, async (_context, next) => {
    // An object that came before its bucket's notifications are known would go unannounced.
    if (declared === undefined) throw new S3Error('ServiceUnavailable', 'The hub is starting.');
    await next();
  });
  server.middleware.splice(-1, 0, listing(store)); // Before the routes, within what turns objects into XML.
  server.on('error', () => {}); // Koa prints errors when nobody listens; the client has the answer.
  const { port } = await server.run();
  return {
    url: `http://127.0.0.1:${port}`,
    async create(buckets) {
      declared = buckets;
      await Promise.all(buckets.map(({ name }) => store.putBucket(name)));
      await store.announceUnfinished();
    },
    async stop() {
      server.httpServer.closeAllConnections();
      await server.close();
    },
  };
}

function queuesFor(bucket: BucketDeclaration | undefined, { name, key }: ObjectEvent): string[] {
  const matching = (bucket?.notifications ?? []).filter(({ event, prefix, suffix }) => {
    const wanted = event.replace(/^s3:/, '').replace(/\*$/, '');
    return name.startsWith(wanted) && key.startsWith(prefix) && key.endsWith(suffix);
  });
  return matching.map(({ queue }) => queue);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function notification({ name, bucket, key, size, md5 }: ObjectEvent): object {
  const now = new Date();
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: now.toISOString(),
    eventName: name,
    userIdentity: { principalId: 'embedded' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: {},
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'embedded',
      bucket: { name: bucket, ownerIdentity: { principalId: 'embedded' }, arn: `arn:aws:s3:::${bucket}` },
      // Keys in notifications are encoded as in a form: a space is a plus sign.
      object: {
        key: encodeKey(key),
        size,
        eTag: md5,
        sequencer: nextSequencer(now),
      },
    },
  };
  return { Records: [record] };
}

/** Larger for each change than for those before it, of two in a millisecond too. */
function nextSequencer(now: Date): string {
  lastSequencer = Math.max(now.getTime(), lastSequencer + 1);
  return lastSequencer.toString(16).toUpperCase().padStart(16, '0');
}
let lastSequencer = 0;

const encodeKey = (key: string): string => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');

/** What s3rver would take and silently do wrong is refused: the caller sees the difference to S3 at once. */
async function refuseWhatIsNotKept(context: Context, next: () => Promise<void>): Promise<void> {
  const { headers } = context.req;
  const refuse = (what: string) => {
    throw new S3Error('NotImplemented', `The embedded hub does not do this: ${what}`);
  };
  if (String(headers['x-amz-content-sha256']).startsWith('STREAMING-')) {
    refuse('uploads in signed chunks; set AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED');
  }
  if (context.method === 'PUT' && (headers['if-none-match'] ?? headers['if-match'])) refuse('conditional writes');
  if (headers.range !== undefined && !/^bytes=\d+-(?!0$)\d*$/.test(headers.range)) refuse(`the range ${headers.range}`);
  if (decodeURIComponent(context.path).split('/').includes('..')) refuse('keys with ".." as a part');
  await next();
}

/**
 * ListObjectsV2. That of s3rver walks folders, whose order is not that of keys, so that pages would skip some; and
 * for the second page it wants a cipher that today's OpenSSL does not have.
 */
function listing(store: WholeObjectStore) {
  return async (context: Context, next: () => Promise<void>): Promise<void> => {
    const bucket = /^\/([^/]+)\/?$/.exec(context.path)?.[1] ?? '';
    const { prefix = '', delimiter = '', 'max-keys': wanted, 'continuation-token': token, ...query } = context.query;
    if (context.method !== 'GET' || query['list-type'] !== '2' || (await store.getBucket(bucket)) === null)
      return next();
    const after = token === undefined ? (query['start-after'] ?? '') : Buffer.from(token, 'base64url').toString();
    const most = Math.min(1000, Number(wanted ?? 1000));
    const page = await store.list(bucket, { prefix, delimiter, after, most });
    context.body = {
      ListBucketResult: {
        '@': { xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/' },
        Name: bucket,
        Prefix: prefix,
        MaxKeys: most,
        KeyCount: page.objects.length + page.prefixes.length,
        IsTruncated: page.next !== undefined,
        NextContinuationToken: page.next && Buffer.from(page.next).toString('base64url'),
        Contents: page.objects.map(({ key, metadata }) => ({
          Key: key,
          LastModified: new Date(metadata['last-modified'] as string).toISOString(),
          ETag: metadata.etag,
          Size: metadata['content-length'],
          StorageClass: 'STANDARD',
        })),
        CommonPrefixes: page.prefixes.map((Prefix) => ({ Prefix })),
      },
    };
  };
}

type Context = {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string | undefined>;
  readonly req: IncomingMessage;
  body: unknown;
};
type S3rverClass = new (
  options: object,
) => EventEmitter & {
  store: unknown;
  readonly context: { store: unknown };
  readonly middleware: ((context: Context, next: () => Promise<void>) => unknown)[];
  readonly httpServer: Server;
  run(): Promise<{ port: number }>;
  close(): Promise<void>;
};
