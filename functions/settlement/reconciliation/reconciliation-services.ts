import { z } from 'zod';
import { auditOf } from '../../console/audit-trail.ts';
import { listRuns } from '../../crosscheck/run-store.ts';
import { listInsurers } from '../../insurers/insurer-store.ts';
import { environment } from '../../runtime/env.ts';
import { dynamoItems } from '../../runtime/items.ts';
import { measure } from '../../runtime/metrics.ts';
import { downloadUrl, readObject, writeObject } from '../../runtime/object-store.ts';
import { open, seal } from '../../runtime/sealed.ts';
import { productStore } from '../product-store.ts';
import { type SealDependencies, sealDay } from '../seal/seal-day.ts';
import type { SealRouteDependencies } from '../seal/seal-routes.ts';
import type { CloseDayDependencies } from './close-day.ts';

const env = environment({
  SETTLEMENTS_TABLE: z.string(),
  POLICIES_TABLE: z.string(),
  MESSAGES_TABLE: z.string(),
  INSURERS_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  SEALS_BUCKET: z.string(),
});

const items = dynamoItems;
const now = () => new Date();
/** Runs of more than a year. */
const rememberedRuns = 1000;
const linkSeconds = 600;

const sealing: SealDependencies = {
  items,
  table: env.SETTLEMENTS_TABLE,
  auditOf: (day) => auditOf(items, env.AUDIT_TABLE, day),
  runs: () => listRuns(rememberedRuns),
  bucket: {
    read: (key) => readObject(env.SEALS_BUCKET, key),
    write: (key, body, contentType) => writeObject(env.SEALS_BUCKET, key, body, contentType),
  },
  sealer: { seal, open },
  now,
};

/** The real ones. */
export const reconciliationServices: CloseDayDependencies & SealRouteDependencies = {
  items,
  tables: { settlements: env.SETTLEMENTS_TABLE, policies: env.POLICIES_TABLE, messages: env.MESSAGES_TABLE },
  now,
  insurers: () => listInsurers(items, env.INSURERS_TABLE),
  products: () => productStore(items, env.POLICIES_TABLE).newest(),
  measure,
  seal: (day) => sealDay(sealing, day),
  sealing,
  link: (key) => downloadUrl(env.SEALS_BUCKET, key, linkSeconds),
};
