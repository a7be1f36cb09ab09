import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { SignatureKey } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { startMockInsurer } from '../../infra/sandbox/mock-insurer.ts';
import { policyData } from '../flows/settlement-world.ts';
import { atRate, citizen, inLines } from './counter.ts';

// sending-insurer.ts: an insurer that sends policies from a thread of its own, so that what sending costs does not hold
// up the thread of the hub that is measured.
export type Sending = {
  readonly webhookUrl: string;
  readonly ownKeys: readonly SignatureKey[];
  readonly product: string;
  /** Sent as fast as eight lines can before anything is timed. */
  readonly warming: number;
  readonly perSecond: number;
  readonly count: number;
};

/** @returns milliseconds of each webhook. @throws when one is not taken. */
export function sendPolicies(sending: Sending): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(import.meta.url), { workerData: sending });
    thread.once('message', resolve).once('error', reject);
  });
}

if (parentPort !== null) {
  const { webhookUrl, ownKeys, product, warming, perSecond, count } = workerData as Sending;
  const insurer = await startMockInsurer({ webhookUrl, ownKeys });
  const send = async (n: number) => {
    const status = await insurer.send('policy.upserted', { ...policyData(n, product), certno: citizen(n % 28_000) });
    if (status !== 202) throw new Error(`A webhook was answered ${status}`);
  };
  await inLines(8, warming, (n) => send(count + n));
  const times = await atRate(perSecond, count, send);
  await insurer.stop();
  parentPort.postMessage(times);
}
