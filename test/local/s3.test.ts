import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessKey, type S3, startS3 } from '../../infra/local/s3.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-s3-'));
const messages: { queue: string; record: { eventName: string; s3: { object: Record<string, unknown> } } }[] = [];
const notify = (queue: string, body: string) => void messages.push({ queue, record: JSON.parse(body).Records[0] });
const buckets = [
  { id: 'Lake', name: 'lake', notifications: [] },
  {
    id: 'Landing',
    name: 'landing',
    notifications: [{ event: 's3:ObjectCreated:*', queue: 'intake', prefix: 'in/', suffix: '.csv' }],
  },
];
let s3: S3;
let client: S3Client;

const connect = (more: object = {}) =>
  new S3Client({
    endpoint: s3.url,
    region: 'us-east-1',
    credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    ...more,
  });
const put = (Bucket: string, Key: string, Body: PutObjectCommandInput['Body'] = 'x', more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = async (Key: string, Range?: string) => {
  const answer = await client.send(new GetObjectCommand({ Bucket: 'lake', Key, Range }));
  return { ...answer, text: await answer.Body?.transformToString() };
};

beforeAll(async () => {
  s3 = await startS3(folder, notify);
  await s3.create(buckets);
  client = connect();
});

afterAll(async () => {
  client.destroy();
  await s3.stop();
  rmSync(folder, { recursive: true });
});

test('an object comes back as it was put, with its type, its metadata and its digest', async () => {
  const { ETag } = await put('lake', '快照/a b.txt', '参保', {
    ContentType: 'text/plain',
    Metadata: { feed: 'enrolment' },
  });
  const got = await get('快照/a b.txt');
  expect(got).toMatchObject({
    text: '参保',
    ContentType: 'text/plain',
    Metadata: { feed: 'enrolment' },
    ContentLength: 6,
    ETag,
  });
  const head = await client.send(new HeadObjectCommand({ Bucket: 'lake', Key: '快照/a b.txt' }));
  expect(head).toMatchObject({ ContentLength: 6, ETag });
  await put('lake', '快照/a b.txt', 'shorter');
  expect((await get('快照/a b.txt')).text).toBe('shorter');
});

test('of objects put under one key at the same instant each is announced, and who reads gets the bytes of one of them with its digest', async () => {
  for (let round = 0; round < 40; round += 1) {
    const Key = `in/${round}.csv`;
    const texts = ['one', 'another, and longer'];
    const read = async () => {
      const got = await client.send(new GetObjectCommand({ Bucket: 'landing', Key }));
      return { ETag: got.ETag, text: await got.Body!.transformToString() };
    };
    await put('landing', Key, 'before');
    const [during] = await Promise.all([read(), ...texts.map((text) => put('landing', Key, text))]);
    for (const { ETag, text } of [during, await read()])
      expect(ETag).toBe(`"${createHash('md5').update(text).digest('hex')}"`);
    const told = messages.filter(({ record }) => record.s3.object.key === Key).map(({ record }) => record.s3.object);
    expect(told.map(({ size }) => size).sort()).toEqual([19, 3, 6]);
    expect(new Set(told.map(({ sequencer }) => sequencer)).size).toBe(3);
  }
});

test('a key without an object is NoSuchKey, also after the object was deleted, which may be done twice', async () => {
  await put('lake', 'gone');
  const remove = () => client.send(new DeleteObjectCommand({ Bucket: 'lake', Key: 'gone' }));
  await remove();
  await remove();
  await expect(get('gone')).rejects.toBeInstanceOf(NoSuchKey);
  await expect(client.send(new HeadObjectCommand({ Bucket: 'lake', Key: 'gone' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
});

test('a range gives these bytes and says of how many', async () => {
  await put('lake', 'range', '0123456789');
  expect(await get('range', 'bytes=2-4')).toMatchObject({ text: '234', ContentRange: 'bytes 2-4/10' });
  expect(await get('range', 'bytes=7-')).toMatchObject({ text: '789', ContentRange: 'bytes 7-9/10' });
  expect(await get('range', 'bytes=8-99')).toMatchObject({ text: '89' });
  await expect(get('range', 'bytes=10-11')).rejects.toMatchObject({ name: 'InvalidRange' });
});

test('an upload in parts is one object', async () => {
  const bytes = Buffer.alloc(12 * 1024 * 1024, '0123456789abcdef');
  const params = {
    Bucket: 'landing',
    Key: 'in/big.csv',
    Body: Readable.from([bytes.subarray(0, 999), bytes.subarray(999)]),
  };
  await new Upload({ client, params, partSize: 5 * 1024 * 1024 }).done();
  const got = await client.send(new GetObjectCommand({ Bucket: 'landing', Key: 'in/big.csv' }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  expect(messages.at(-1)?.record.eventName).toBe('ObjectCreated:CompleteMultipartUpload');
});

test('a listing gives every key under a prefix once, page by page, in the order of S3', async () => {
  const keys = ['p/n/2', 'p/a/b', 'p/a-b', 'p/n/1', 'p/a0'];
  for (const key of keys) await put('lake', key);
  const pages: string[][] = [];
  let token: string | undefined;
  do {
    const page = { Bucket: 'lake', Prefix: 'p/', MaxKeys: 2, ContinuationToken: token };
    const { Contents = [], NextContinuationToken } = await client.send(new ListObjectsV2Command(page));
    pages.push(Contents.map(({ Key }) => Key as string));
    token = NextContinuationToken;
  } while (token !== undefined);
  expect(pages).toEqual([['p/a-b', 'p/a/b'], ['p/a0', 'p/n/1'], ['p/n/2']]);
  const folders = await client.send(new ListObjectsV2Command({ Bucket: 'lake', Prefix: 'p/', Delimiter: '/' }));
  expect(folders.CommonPrefixes).toEqual([{ Prefix: 'p/a/' }, { Prefix: 'p/n/' }]);
  expect(folders.Contents?.map(({ Key }) => Key)).toEqual(['p/a-b', 'p/a0']);
  expect((await client.send(new ListObjectsV2Command({ Bucket: 'lake', Prefix: 'none/' }))).KeyCount).toBe(0);
});

test('a new object is announced to the queue of its bucket as S3 does it, when its key fits the filter', async () => {
  messages.length = 0;
  await put('landing', 'in/人口 2022+1.csv', 'abc');
  await put('landing', 'out/x.csv');
  await put('landing', 'in/x.txt');
  await put('lake', 'in/x.csv');
  await client.send(new CopyObjectCommand({ Bucket: 'landing', Key: 'in/copy.csv', CopySource: 'lake/in/x.csv' }));
  await client.send(new DeleteObjectCommand({ Bucket: 'landing', Key: 'in/copy.csv' }));
  expect(messages.map(({ queue, record }) => [queue, record.eventName, record.s3.object.key])).toEqual([
    ['intake', 'ObjectCreated:Put', 'in/%E4%BA%BA%E5%8F%A3+2022%2B1.csv'],
    ['intake', 'ObjectCreated:Copy', 'in/copy.csv'],
  ]);
  expect(messages[0]?.record).toMatchObject({
    eventSource: 'aws:s3',
    s3: {
      bucket: { name: 'landing', arn: 'arn:aws:s3:::landing' },
      object: { size: 3, eTag: '900150983cd24fb0d6963f7d28e17f72' },
    },
  });
});

test('an object that a crash left unannounced is announced when the hub starts again', async () => {
  await put('landing', 'in/crash.csv', 'whole');
  messages.length = 0;
  writeFileSync(join(folder, 'notes', 'n1'), JSON.stringify({ bucket: 'landing', key: 'in/crash.csv' }));
  writeFileSync(join(folder, 'notes', 'n2'), JSON.stringify({ bucket: 'landing', key: 'in/never-came.csv' }));
  writeFileSync(join(folder, 'notes', 'n3'), ''); // The crash was while the note was written.
  const again = await startS3(folder, notify);
  await again.create(buckets);
  await again.stop();
  expect(messages.map(({ record }) => record.s3.object)).toMatchObject([{ key: 'in/crash.csv', size: 5 }]);
  expect(readdirSync(join(folder, 'notes'))).toEqual([]);
});

test('a client that goes away in the middle of an upload leaves no object and no announcement', async () => {
  messages.length = 0;
  await new Promise<void>((resolve) => {
    const upload = request(`${s3.url}/landing/in/half.csv`, { method: 'PUT', headers: { 'content-length': 1000 } });
    upload.on('error', () => resolve());
    upload.write('half', () => setTimeout(() => upload.destroy(new Error('gone')), 100));
  });
  await expect.poll(() => readdirSync(join(folder, 'incoming'))).toEqual([]);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'landing', Prefix: 'in/half' }));
  expect([Contents, messages]).toEqual([[], []]);
});

test('what the stand-in cannot keep is refused, not done wrongly', async () => {
  const refused = { name: 'NotImplemented' };
  await expect(put('lake', 'once', 'x', { IfNoneMatch: '*' })).rejects.toMatchObject(refused);
  await expect(get('range', 'bytes=-3')).rejects.toMatchObject(refused);
  await expect(put('lake', 'a/../../../etc/x')).rejects.toThrow();
  const chunking = connect({
    requestChecksumCalculation: 'WHEN_SUPPORTED',
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const Body = Readable.from(['streamed']);
  const streamed = new PutObjectCommand({ Bucket: 'lake', Key: 'chunked', Body, ContentLength: 8 });
  await expect(chunking.send(streamed)).rejects.toMatchObject(refused);
  await expect(get('chunked')).rejects.toBeInstanceOf(NoSuchKey);
  chunking.destroy();
});

test('only this machine reaches the server', () => {
  expect(new URL(s3.url).hostname).toBe('127.0.0.1');
});
