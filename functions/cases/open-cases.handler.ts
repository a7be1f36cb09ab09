import { FindingsMessage } from '../../schemas/run.ts';
import { runKeys } from '../crosscheck/run-keys.ts';
import { runStore } from '../crosscheck/run-store.ts';
import { queueHandler } from '../runtime/queues.ts';
import { applyFindings } from './apply-findings.ts';
import { caseStore } from './case-store.ts';
import { readSlice } from './findings-store.ts';

/** A slice of a run's findings comes in; the cases of its persons are opened, changed, closed or reopened. */
export const handler = queueHandler(FindingsMessage, async (message) => {
  const found = await runStore.read(message.runId);
  if (found === undefined) throw new Error(`There is no run ${message.runId}`);
  const run = { runId: found.runId, order: found.order, asOf: found.asOf, at: found.startedAt };
  await applyFindings(caseStore, await readSlice(message), { run, key: runKeys.findings(message.runId, message.task) });
});
