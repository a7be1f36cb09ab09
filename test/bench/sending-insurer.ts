import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { type SignatureKey, sign, toWire } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { policyData } from '../flows/settlement-world.ts';
import { atRate, citizen, inLines } from './counter.ts';

// sending-insurer.ts: an insurer that sends policies from a thread of its own, so that what sending costs does not hold
// up the thread of the hub that is measured. What it sends is written and signed before the first is timed, and goes out
// over plain connections that are kept: an insurer has machines of its own for that.
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
  const agent = new Agent({ keepAlive: true });

  const signed = (n: number) => {
    const data = { ...policyData(n, product), certno: citizen(n % 28_000) };
    const body = Buffer.from(JSON.stringify({ type: 'policy.upserted', timestamp: new Date().toISOString(), data }));
    const headers = sign(ownKeys, `msg_${randomUUID()}`, new Date(), body);
    if (headers === undefined) throw new Error('The insurer has no valid key to sign with.');
    return { headers: { 'content-type': 'application/json', ...toWire(headers) }, body };
  };
  const send = ({ headers, body }: ReturnType<typeof signed>) =>
    new Promise<void>((resolve, reject) => {
      const sent = request(webhookUrl, { agent, method: 'POST', headers }, (answer) => {
        const { statusCode } = answer.on('error', reject).resume();
        if (statusCode !== 202) return reject(new Error(`A webhook was answered ${statusCode}`));
        answer.once('end', resolve);
      });
      sent.on('error', reject).end(body);
    });

  await inLines(8, warming, (n) => send(signed(count + n)));
  const ready = Array.from({ length: count }, (_, n) => signed(n));
  const times = await atRate(perSecond, count, (n) => send(ready[n]!));
  agent.destroy();
  parentPort.postMessage(times);
}
