import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Delivery, IntakeMessage, ObjectRecord } from '../../schemas/delivery.ts';
import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import { type Stopwatch, stopwatch } from '../crosscheck/stopwatch.ts';
import type { Clock } from '../runtime/ports.ts';
import { acknowledgementKeys, acknowledgementOf } from './acknowledge.ts';
import { decideDelivery, isUndecided } from './decide-delivery.ts';
import type { Intake } from './dependencies.ts';
import { examine } from './examine.ts';
import { maxManifestBytes } from './manifest.ts';
import {
  deliveryIdOf,
  type FileName,
  idStem,
  lateManifestId,
  manifestSuffix,
  misnamedId,
  nameOfDelivery,
  parseObjectKey,
  partsOfId,
  sha256,
  unreadIdOf,
} from './object-key.ts';
import { noLongerWaiting } from './outcome.ts';
import { fileDigest } from './snapshot.ts';

/**
 * Takes one message of the queue `intake`: files that arrived, or a delivery to look at again. Every message may
 * come twice or be cut off anywhere: a delivery gets one snapshot and one acknowledgement all the same.
 */
export async function receive(intake: Intake, message: IntakeMessage, now: Clock): Promise<void> {
  if ('kind' in message) return resume(intake, message.deliveryId, now);
  if ('Event' in message) return;
  for (const record of message.Records) {
    const key = objectKeyOf(record);
    if (key.endsWith(manifestSuffix)) await receiveManifest(intake, key, now);
    else await receiveFile(intake, key, record, now);
  }
}

/**
 * Refuses what a message was about that could not be done however often it was tried, so that the agency hears of it
 * and nobody waits for ever. The original stays where it is; the same file uploaded again is looked at again.
 */
export async function giveUp(intake: Intake, message: IntakeMessage, now: Clock): Promise<void> {
  const refusal = refuse('gave-up');
  if ('kind' in message) {
    const delivery = await intake.deliveries.read(message.deliveryId);
    if (delivery !== undefined) await refuseUnread(intake, delivery, refusal, now);
    return;
  }
  for (const record of 'Records' in message ? message.Records : []) {
    const key = objectKeyOf(record);
    const name = parseObjectKey(key);
    if (isRefusal(name) || key.endsWith(manifestSuffix)) continue;
    for (const delivery of await deliveriesOf(intake, name, record, now))
      await refuseUnread(intake, delivery, refusal, now);
  }
}

/**
 * Two files came under one name, and the later one took the place of this before it was read. Whoever sent this one
 * hears so; what was decided on it when the message came before stays.
 */
async function refuseOverwritten(intake: Intake, name: FileName, record: ObjectRecord, now: Clock): Promise<void> {
  const refusal = refuse('overwritten', { key: objectKeyOf(record) });
  for (const delivery of await deliveriesOf(intake, name, record, now))
    if (delivery.state === 'received') await refuseUnread(intake, delivery, refusal, now);
    else await acknowledge(intake, delivery);
}

/** What an upload has made so far; what else came under its key was another upload, and has its answer. */
async function deliveriesOf(
  { deliveries }: Intake,
  name: FileName,
  record: ObjectRecord,
  now: Clock,
): Promise<Delivery[]> {
  const [key, upload] = [objectKeyOf(record), uploadOf(record)];
  const begun = (await deliveries.list(name.feed.name, idStem(name))).filter(
    (delivery) => delivery.objectKey === key && delivery.upload === upload,
  );
  if (begun.length > 0) return begun;
  const { size: bytes = 0, eTag = '' } = record.s3.object;
  const { mode, dataAsOf, sequence } = name;
  const unread = noted(unreadIdOf(name, { eTag, bytes }), key, upload, now().toISOString());
  return [{ ...unread, mode, dataAsOf, sequence, bytes }];
}

async function receiveFile(intake: Intake, key: string, record: ObjectRecord, now: Clock): Promise<void> {
  const { size = 0, eTag = '' } = record.s3.object;
  const upload = uploadOf(record);
  const receivedAt = now().toISOString();
  const name = parseObjectKey(key);
  if (isRefusal(name)) {
    const deliveryId = misnamedId(key, eTag);
    return refuseUnread(intake, { ...noted(deliveryId, key, upload, receivedAt), bytes: size }, name);
  }
  const { mode, dataAsOf, sequence } = name;
  const named = { mode, dataAsOf, sequence, bytes: size };
  const { maxCompressedBytes } = (await intake.settings()).intake.limits;
  if (size > maxCompressedBytes) {
    const deliveryId = unreadIdOf(name, { eTag, bytes: size });
    const refusal = refuse('too-large', {
      what: '文件字节数 (bytes of the file)',
      value: size,
      limit: maxCompressedBytes,
    });
    return refuseUnread(intake, { ...noted(deliveryId, key, upload, receivedAt), ...named }, refusal);
  }
  await intake.withWorkFolder(async (folder, db) => {
    const path = join(folder, 'delivery');
    const timed = stopwatch(intake.seconds);
    const tag = await timed.step('download', () => intake.objects.fetchTagged(intake.buckets.landing, key, path));
    if (eTag !== '' && tag !== eTag) return refuseOverwritten(intake, name, record, now);
    const digest = await fileDigest(path);
    const manifest = await readManifest(intake, key);
    const delivery = await intake.deliveries.begin({
      ...noted(deliveryIdOf(name, digest), key, upload, receivedAt),
      ...named,
      bytes: (await stat(path)).size,
      sha256: digest,
      manifest,
    });
    // A manifest that came while the file was taken finds the delivery, or is found here.
    await receiveManifest(intake, `${key}${manifestSuffix}`, now);
    await conclude(intake, delivery, name, now, { folder, db, path, timed });
  });
}

/** A released delivery or a waiting one is read again from the copy that was kept of it. */
async function resume(intake: Intake, deliveryId: string, now: Clock): Promise<void> {
  const delivery = await intake.deliveries.read(deliveryId);
  const name = delivery && nameOfDelivery(delivery);
  if (delivery === undefined || name === undefined) return;
  const { copyKey } = delivery;
  if (!isUndecided(delivery) || copyKey === undefined) return acknowledge(intake, delivery);
  await intake.withWorkFolder(async (folder, db) => {
    const path = join(folder, 'delivery');
    const timed = stopwatch(intake.seconds);
    await timed.step('download', () => intake.objects.fetchToFile(intake.buckets.lake, copyKey, path));
    await conclude(intake, delivery, name, now, { folder, db, path, timed });
  });
}

type Work =
  Parameters<Parameters<Intake['withWorkFolder']>[0]> extends [infer Folder, infer Db]
    ? { readonly folder: Folder; readonly db: Db; readonly path: string; readonly timed: Stopwatch }
    : never;

async function conclude(intake: Intake, delivery: Delivery, name: FileName, now: Clock, work: Work): Promise<void> {
  if (!isUndecided(delivery)) return acknowledge(intake, delivery);
  const settings = await intake.settings();
  const { bytes, manifest } = delivery;
  const source = { path: work.path, name: basename(delivery.objectKey), bytes, manifest };
  const examined = await examine(work.db, source, name, settings, work.folder, work.timed);
  const decided = await decideDelivery(intake, { ...work, delivery, name, examined, settings, now });
  await acknowledge(intake, decided);
}

/** Writes what was decided to where the agency finds it, and wakes the deliveries that waited for this one. */
async function acknowledge(intake: Intake, delivery: Delivery): Promise<void> {
  const { acknowledgement, state, feed } = delivery;
  if (acknowledgement !== undefined) {
    const { ack } = acknowledgementKeys(delivery);
    await intake.objects.writeObject(intake.buckets.exchange, ack, acknowledgement, 'application/json');
  }
  if (state !== 'accepted') return;
  const head = await intake.deliveries.head(feed);
  await intake.resume(noLongerWaiting(head, await intake.deliveries.claims(feed)));
}

/** A sidecar belongs to its file when that was not taken yet, or was taken with it; else it is refused. */
async function receiveManifest(intake: Intake, key: string, now: Clock): Promise<void> {
  const fileKey = key.slice(0, -manifestSuffix.length);
  const name = parseObjectKey(fileKey);
  const manifest = await readManifest(intake, fileKey);
  if (manifest === undefined) return;
  const receivedAt = now().toISOString();
  if (isRefusal(name)) {
    const deliveryId = misnamedId(key, manifest);
    return refuseUnread(intake, noted(deliveryId, key, sha256(manifest), receivedAt), name);
  }
  const taken = (await intake.deliveries.list(name.feed.name, idStem(name))).filter(
    (delivery) => delivery.objectKey === fileKey && delivery.state !== 'refused',
  );
  if (taken.length === 0 || taken.some((delivery) => delivery.manifest === manifest)) return;
  const { mode, dataAsOf, sequence } = name;
  const late = noted(lateManifestId(name, manifest), key, sha256(manifest), receivedAt);
  await refuseUnread(intake, { ...late, mode, dataAsOf, sequence }, refuse('manifest-late'));
}

async function readManifest(intake: Intake, fileKey: string): Promise<string | undefined> {
  const body = await intake.objects.readObject(intake.buckets.landing, `${fileKey}${manifestSuffix}`);
  // What is longer is cut, and refused because it is no manifest then.
  return body?.subarray(0, maxManifestBytes).toString('utf8');
}

/** Refuses what was not read: its name, its size or its time says enough. */
async function refuseUnread(
  intake: Intake,
  delivery: Delivery,
  refusal: Refusal,
  now: Clock = () => new Date(delivery.receivedAt),
): Promise<void> {
  const onFile = await intake.deliveries.begin(delivery);
  if (!isUndecided(onFile)) return acknowledge(intake, onFile);
  const refused: Delivery = { ...onFile, state: 'refused', decidedAt: now().toISOString() };
  const acknowledgement = acknowledgementOf(refused, { refusal, manifest: 'none' });
  const outcome = { delivery: { ...refused, acknowledgement }, prior: onFile, head: { version: 0 } };
  if (!(await intake.deliveries.settle(outcome))) throw new Error(`delivery ${onFile.deliveryId} is taken by others`);
  await acknowledge(intake, outcome.delivery);
}

function noted(deliveryId: string, objectKey: string, upload: string, receivedAt: string): Delivery {
  return { deliveryId, feed: partsOfId(deliveryId)!.feed, objectKey, state: 'received', upload, receivedAt };
}

/** Names an upload: the same file uploaded again has another one. */
const uploadOf = ({ eventTime, s3: { object } }: ObjectRecord): string =>
  object.sequencer ?? eventTime ?? object.eTag ?? '';

function objectKeyOf({ s3: { object } }: ObjectRecord): string {
  try {
    return decodeURIComponent(object.key.replaceAll('+', ' '));
  } catch {
    return object.key;
  }
}
