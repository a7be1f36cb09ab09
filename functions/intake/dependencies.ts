import { z } from 'zod';
import { environment } from '../runtime/env.ts';
import { type KeptFiles, keptHere } from '../runtime/kept-files.ts';
import { fetchTagged, fetchToFile, readObject, storeFile, writeObject } from '../runtime/object-store.ts';
import { readSettings } from '../runtime/settings-store.ts';
import { withWorkFolder } from '../runtime/work-folder.ts';
import { type DeliveryStore, deliveryStore } from './delivery-store.ts';
import { resumeDeliveries } from './intake-queue.ts';
import { type SnapshotStore, snapshotStore } from './snapshot-store.ts';

/** What the intake needs of the world; tests put their own in its place. */
export type Intake = {
  readonly buckets: { readonly landing: string; readonly lake: string; readonly exchange: string };
  readonly objects: {
    readonly fetchToFile: typeof fetchToFile;
    readonly fetchTagged: typeof fetchTagged;
    readonly storeFile: typeof storeFile;
    readonly readObject: typeof readObject;
    readonly writeObject: typeof writeObject;
  };
  /** Files of snapshots: the next delivery is compared with them, the next run reads them. */
  readonly keptFiles: KeptFiles;
  readonly deliveries: DeliveryStore;
  readonly snapshots: SnapshotStore;
  readonly settings: typeof readSettings;
  readonly withWorkFolder: typeof withWorkFolder;
  readonly resume: typeof resumeDeliveries;
  /** A clock that only runs forward. */
  readonly seconds: () => number;
};

const env = environment({ LANDING_BUCKET: z.string(), LAKE_BUCKET: z.string(), EXCHANGE_BUCKET: z.string() });

export const intake: Intake = {
  buckets: { landing: env.LANDING_BUCKET, lake: env.LAKE_BUCKET, exchange: env.EXCHANGE_BUCKET },
  objects: { fetchToFile, fetchTagged, storeFile, readObject, writeObject },
  keptFiles: keptHere(),
  deliveries: deliveryStore,
  snapshots: snapshotStore,
  settings: readSettings,
  withWorkFolder,
  resume: resumeDeliveries,
  seconds: () => performance.now() / 1000,
};
