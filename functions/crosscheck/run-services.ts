import { z } from 'zod';
import { listExemptions } from '../cases/exemption-store.ts';
import { inForce } from '../cases/exemptions.ts';
import { newestSnapshots, snapshotsOf } from '../intake/snapshot-store.ts';
import { environment } from '../runtime/env.ts';
import { keptHere } from '../runtime/kept-files.ts';
import { measure } from '../runtime/metrics.ts';
import { fetchToFile, readObject, storeFile, writeObject } from '../runtime/object-store.ts';
import { sendMessages } from '../runtime/queues.ts';
import { hubSecret } from '../runtime/secret.ts';
import { readSettings } from '../runtime/settings-store.ts';
import { withWorkFolder } from '../runtime/work-folder.ts';
import { evaluateTask, preludeFeeds, ruleVersion, runPrelude, taskText } from './evaluate.ts';
import { countUnkeyedInsured } from './indicators.ts';
import { rules } from './rules/register.ts';
import type { Objects, RunDependencies } from './run-dependencies.ts';
import { runKeeper } from './run-keeper.ts';

const env = environment({
  LAKE_BUCKET: z.string(),
  EXCHANGE_BUCKET: z.string(),
  FINDINGS_QUEUE_URL: z.string(),
});

/** Two years of a feed that is sent every day. */
const rememberedSnapshots = 800;

/** The real ones; the clock is the handler's. */
export const runServices: Omit<RunDependencies, 'now' | 'seconds'> = {
  ...runKeeper,
  lake: bucket(env.LAKE_BUCKET),
  exchange: bucket(env.EXCHANGE_BUCKET),
  keptFiles: keptHere(),
  sendFindings: (messages) => sendMessages(env.FINDINGS_QUEUE_URL, messages),
  newestSnapshots,
  snapshotDates: async (feed, asOf) =>
    (await snapshotsOf(feed, asOf, rememberedSnapshots)).map(({ dataAsOf }) => dataAsOf),
  exemptPersons: async (asOf) => inForce(await listExemptions(), asOf),
  readSettings,
  secret: hubSecret,
  evaluation: {
    rules,
    preludeFeeds,
    version: ruleVersion,
    runPrelude,
    countUnkeyed: countUnkeyedInsured,
    evaluateTask,
    taskText,
  },
  withWorkFolder,
  peakMemoryMb: () => process.resourceUsage().maxRSS / 1024,
  measure,
};

function bucket(name: string): Objects {
  return {
    read: (key) => readObject(name, key),
    write: (key, body, contentType) => writeObject(name, key, body, contentType),
    fetchToFile: (key, path) => fetchToFile(name, key, path),
    storeFile: (key, path, contentType) => storeFile(name, key, path, contentType),
  };
}
