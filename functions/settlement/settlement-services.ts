import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { environment } from '../runtime/env.ts';
import { dynamoItems } from '../runtime/items.ts';
import { kept } from '../runtime/kept.ts';
import { open } from '../runtime/sealed.ts';
import { hubSecret } from '../runtime/secret.ts';
import { readSettings } from '../runtime/settings-store.ts';
import { policyStore } from './policies/policy-store.ts';
import { productStore } from './product-store.ts';
import { differenceStore } from './reconciliation/difference-store.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import { settlementStore } from './settlement-store.ts';

const env = environment({ SETTLEMENTS_TABLE: z.string(), POLICIES_TABLE: z.string(), MESSAGES_TABLE: z.string() });

/** How long an instance settles by the settings and products that it has read. */
const keptMs = 5000;

const tables = {
  settlements: env.SETTLEMENTS_TABLE,
  policies: env.POLICIES_TABLE,
  messages: env.MESSAGES_TABLE,
};
const now = () => new Date();

/** The real ones. */
export const settlementServices: SettlementDependencies = {
  items: dynamoItems,
  tables,
  store: settlementStore(dynamoItems, tables),
  ofPerson: policyStore(dynamoItems, tables.policies).ofPerson,
  products: kept(() => productStore(dynamoItems, tables.policies).newest(), keptMs, now),
  settings: kept(async () => (await readSettings()).settlement, keptMs, now),
  openDifferences: differenceStore(dynamoItems, tables.settlements).ensure,
  secret: hubSecret,
  sealer: { open },
  now,
  pause: (milliseconds) => setTimeout(milliseconds),
};
