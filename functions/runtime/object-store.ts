import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { s3 } from './clients.ts';

/** Copies an object to a local file, streaming. @throws when the object does not exist. */
export async function fetchToFile(bucket: string, key: string, path: string): Promise<void> {
  await fetchTagged(bucket, key, path);
}

/** The same of an object that others may overwrite. @returns the entity tag of what was copied. */
export async function fetchTagged(bucket: string, key: string, path: string): Promise<string> {
  const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  await pipeline(Body as Readable, createWriteStream(path));
  return bareTag(ETag);
}

const bareTag = (tag = ''): string => tag.replaceAll('"', '');

/** Stores a local file as an object, in parts when it is large. */
export async function storeFile(bucket: string, key: string, path: string, contentType?: string): Promise<void> {
  await new Upload({
    client: s3,
    params: { Bucket: bucket, Key: key, Body: createReadStream(path), ContentType: contentType },
    partSize: 16 * 1024 * 1024,
    queueSize: 2,
  }).done();
}

/** The whole object in memory; undefined when there is none. For small objects. */
export async function readObject(bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body === undefined ? undefined : Buffer.from(await Body.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey || error instanceof NotFound) return undefined;
    throw error;
  }
}

/** With a checksum: a bucket under object lock takes nothing without one. */
export async function writeObject(
  bucket: string,
  key: string,
  body: string | Uint8Array,
  contentType?: string,
): Promise<void> {
  const object = { Bucket: bucket, Key: key, Body: body, ContentType: contentType };
  await s3.send(new PutObjectCommand({ ...object, ChecksumAlgorithm: 'SHA256' }));
}

export async function deleteObject(bucket: string, key: string): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

/** Size in bytes and entity tag of an object; undefined when there is none. */
export async function headObject(bucket: string, key: string): Promise<{ bytes: number; etag: string } | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return { bytes: head.ContentLength ?? 0, etag: bareTag(head.ETag) };
  } catch (error) {
    if (error instanceof NoSuchKey || error instanceof NotFound) return undefined;
    throw error;
  }
}

/** An address at which anybody who holds it may store one object, for `seconds`. */
export function uploadUrl(bucket: string, key: string, seconds: number): Promise<string> {
  return getSignedUrl(s3, new PutObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: seconds });
}

/** An address at which anybody who holds it may read one object, for `seconds`. */
export function downloadUrl(bucket: string, key: string, seconds: number): Promise<string> {
  return getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: seconds });
}
