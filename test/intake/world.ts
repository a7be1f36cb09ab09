import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Head, Outcome } from '../../functions/intake/delivery-store.ts';
import type { Intake } from '../../functions/intake/dependencies.ts';
import { receive } from '../../functions/intake/receive.ts';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';
import { keptFiles } from '../../functions/runtime/kept-files.ts';
import { checkCharacter } from '../../schemas/certificate.ts';
import { Acknowledgement, type Delivery, type IntakeMessage } from '../../schemas/delivery.ts';
import { parseSettings, type Settings } from '../../schemas/settings.ts';
import { isNewer, type Snapshot, snapshotKey } from '../../schemas/snapshot.ts';

/** Buckets, tables and a queue in memory, with the conditions that the real ones have. */
export class World {
  readonly objects = new Map<string, Buffer>();
  readonly deliveries = new Map<string, Delivery>();
  readonly claims = new Map<string, { deliveryId: string; state: string }>();
  readonly heads = new Map<string, Head>();
  readonly announced: { objectKey: string; by: string }[] = [];
  readonly snapshots: Snapshot[] = [];
  readonly queue: IntakeMessage[] = [];
  settings: Settings;
  now = new Date('2022-07-01T00:00:00Z');
  private uploads = 0;
  readonly db: Database;
  readonly folder: string;

  private constructor(db: Database, folder: string) {
    this.db = db;
    this.folder = folder;
    this.settings = settingsWith({});
  }

  static async open(): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'canbao-intake-'));
    return new World(await openDatabase({ memoryMb: 512, threads: 2, tempDir: join(folder, 'spill') }), folder);
  }

  async close(): Promise<void> {
    this.db.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Forgets everything but the database engine. */
  clear(): void {
    for (const store of [this.objects, this.deliveries, this.claims, this.heads]) store.clear();
    this.snapshots.length = 0;
    this.announced.length = 0;
    this.queue.length = 0;
  }

  /** The state now, to return to. */
  save(): () => void {
    const maps = [this.objects, this.deliveries, this.claims, this.heads] as Map<string, unknown>[];
    const saved = maps.map((map) => new Map(map));
    const snapshots = [...this.snapshots];
    return () => {
      this.clear();
      for (const [i, map] of maps.entries()) for (const [key, value] of saved[i]!) map.set(key, value);
      this.snapshots.push(...snapshots);
    };
  }

  /** Puts a file into the landing bucket; its notification is on the queue, and is what is returned. */
  push(key: string, body: string | Buffer): IntakeMessage {
    const bytes = Buffer.from(body);
    this.objects.set(`landing/${key}`, bytes);
    const object = {
      key: encodeURIComponent(key),
      size: bytes.length,
      eTag: tagOf(bytes),
      sequencer: String(this.uploads++),
    };
    const message = { Records: [{ s3: { bucket: { name: 'landing' }, object } }] };
    this.queue.push(message);
    return message;
  }

  /** Consumes the queue to its end. */
  async drain(intake: Intake = this.intake()): Promise<void> {
    for (let message = this.queue.shift(); message !== undefined; message = this.queue.shift())
      await receive(intake, message, () => this.now);
  }

  ack(deliveryId: string): Acknowledgement {
    const feed = this.deliveries.get(deliveryId)!.feed;
    const body = this.objects.get(`exchange/acks/${feed}/${deliveryId}.ack.json`);
    return Acknowledgement.parse(JSON.parse(body!.toString('utf8')));
  }

  /** Acknowledgements of all deliveries, in the order of their ids. */
  acks(): Acknowledgement[] {
    const keys = [...this.objects.keys()].filter((key) => key.endsWith('.ack.json')).sort();
    return keys.map((key) => Acknowledgement.parse(JSON.parse(this.objects.get(key)!.toString('utf8'))));
  }

  newest(feed: string, asOf = '9999-12-31'): Snapshot | undefined {
    const until = this.snapshots.filter((one) => one.feed === feed && one.dataAsOf <= asOf);
    return until.reduce<Snapshot | undefined>((best, one) => (best && isNewer(best, one) ? best : one), undefined);
  }

  /** Rows of a snapshot, in the order of the files. */
  async rows(snapshot: Snapshot): Promise<Record<string, unknown>[]> {
    const names = [...snapshot.files.map(({ range }) => range), ...(snapshot.unkeyed ? ['unkeyed'] : [])];
    const rows: Record<string, unknown>[] = [];
    for (const name of names) {
      const path = join(this.folder, 'look.parquet');
      await writeFile(path, this.objects.get(`lake/${snapshotKey(snapshot, name)}`)!);
      rows.push(...(await this.db.all<Record<string, unknown>>(`SELECT * FROM read_parquet('${path}')`)));
    }
    return rows;
  }

  intake(): Intake {
    return {
      buckets: { landing: 'landing', lake: 'lake', exchange: 'exchange' },
      objects: {
        fetchToFile: async (bucket, key, path) => writeFile(path, this.object(bucket, key)),
        fetchTagged: async (bucket, key, path) => {
          const bytes = this.object(bucket, key);
          await writeFile(path, bytes);
          return tagOf(bytes);
        },
        storeFile: async (bucket, key, path) => void this.objects.set(`${bucket}/${key}`, await readFile(path)),
        readObject: async (bucket, key) => this.objects.get(`${bucket}/${key}`),
        writeObject: async (bucket, key, body) => void this.objects.set(`${bucket}/${key}`, Buffer.from(body)),
      },
      keptFiles: keptFiles(join(this.folder, 'kept'), 1e6),
      deliveries: {
        begin: async (delivery) => {
          const onFile = this.deliveries.get(delivery.deliveryId);
          const again = onFile?.state === 'refused' && onFile.upload !== delivery.upload;
          if (onFile !== undefined && !again) return onFile;
          this.deliveries.set(delivery.deliveryId, structuredClone(delivery));
          return delivery;
        },
        read: async (deliveryId) => this.deliveries.get(deliveryId),
        list: async (feed, stem = '') =>
          [...this.deliveries.values()].filter((one) => one.deliveryId.startsWith(`${feed}-${stem}`)),
        head: async (feed) => this.heads.get(feed) ?? { version: 0 },
        announce: async (_, objectKey, by) => void this.announced.push({ objectKey, by }),
        announcers: async ({ objectKey }) =>
          this.announced.filter((one) => one.objectKey === objectKey).map(({ by }) => by),
        claims: async (feed) => this.claimsOf(feed),
        settle: async (outcome) => this.settle(outcome),
      },
      snapshots: { newest: async (feed, asOf) => this.newest(feed, asOf) },
      settings: async () => this.settings,
      withWorkFolder: async (work) => {
        const folder = await mkdtemp(join(this.folder, 'work-'));
        try {
          return await work(folder, this.db);
        } finally {
          await rm(folder, { recursive: true });
        }
      },
      seconds: () => 0,
      resume: async (deliveryIds) =>
        void this.queue.push(...deliveryIds.map((deliveryId) => ({ kind: 'resume' as const, deliveryId }))),
    };
  }

  private object(bucket: string, key: string): Buffer {
    const body = this.objects.get(`${bucket}/${key}`);
    if (body === undefined) throw new Error('NoSuchKey');
    return body;
  }

  private claimsOf(feed: string) {
    return [...this.claims.entries()]
      .filter(([key]) => key.startsWith(`${feed}#`))
      .map(([key, claim]) => ({ sequence: Number(key.split('#')[1]), ...claim }) as never as { sequence: number })
      .sort((a, b) => a.sequence - b.sequence) as Awaited<ReturnType<Intake['deliveries']['claims']>>;
  }

  private settle({ delivery, prior, head, accepted }: Outcome): boolean {
    const onFile = this.deliveries.get(delivery.deliveryId);
    if (onFile?.state !== prior.state || onFile.upload !== prior.upload) return false;
    const claimKey = `${delivery.feed}#${delivery.sequence}`;
    const claimed = this.claims.get(claimKey);
    const claims = delivery.sequence !== undefined && delivery.state !== 'refused' && delivery.state !== 'released';
    if (claims) {
      if (claimed !== undefined && claimed.deliveryId !== delivery.deliveryId) return false;
      if ((this.heads.get(delivery.feed) ?? { version: 0 }).version !== head.version) return false;
      this.claims.set(claimKey, { deliveryId: delivery.deliveryId, state: delivery.state });
    } else if (delivery.state === 'refused' && prior.state !== 'received') this.claims.delete(claimKey);
    if (accepted !== undefined) {
      this.snapshots.push(structuredClone(accepted.snapshot));
      this.heads.set(delivery.feed, { version: head.version + 1, applied: accepted.applied });
    }
    this.deliveries.set(delivery.deliveryId, structuredClone(delivery));
    return true;
  }
}

const tagOf = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

export function settingsWith(given: unknown): Settings {
  const settings = parseSettings(given);
  if ('kind' in settings) throw new Error(JSON.stringify(settings));
  return settings;
}

/** A valid citizen number of an area that was never assigned; `n` up to 999. */
export function certnoOf(n: number): string {
  const first17 = `50029919880101${String(n).padStart(3, '0')}`;
  return first17 + checkCharacter(first17);
}

/** A file of the feed `cremation`, whose row key is `crem_no`. */
export type Cremation = { crem_no: string; person?: number; crem_date?: string; fnrl_home?: string; oper?: string };

export function cremationFile(rows: readonly Cremation[]): string {
  const delta = rows.some(({ oper }) => oper !== undefined);
  const header = `证件号码,姓名,火化日期,火化证编号,殡仪馆${delta ? ',操作' : ''}`;
  const lines = rows.map(({ crem_no, person = 1, crem_date = '2022-03-12', fnrl_home = '示范县殡仪馆', oper }) =>
    [certnoOf(person), '吕泽军', crem_date, crem_no, fnrl_home, ...(delta ? [oper ?? 'I'] : [])].join(','),
  );
  return `${[header, ...lines].join('\n')}\n`;
}

export const cremations = (count: number, from = 1): Cremation[] =>
  Array.from({ length: count }, (_, i) => ({ crem_no: `CR${from + i}`, person: from + i }));
