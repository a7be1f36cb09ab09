import { checkSeal, type SealFault } from '../../../functions/settlement/seal/day-seal.ts';
import { DaySeal, type SealNow, type SealView, type SignedSeal } from '../../../schemas/day-seal.ts';
import { addDays } from '../../../schemas/time.ts';
import { type ClientOptions, show } from '../answer.ts';
import { fetched, type HubClient, HubRefusal, hubOf } from '../client.ts';
import { readGiven } from '../given-file.ts';
import { wallTime } from '../wall-time.ts';

/** `canbao ledger seal show DAY` */
export async function showSeal(day: string, options: ClientOptions): Promise<void> {
  const { seal } = await hubOf(options).get<SealView>(`/ledger/seals/${day}`);
  show(options, seal, () => {
    const { counts, root, sealedAt } = DaySeal.parse(JSON.parse(seal.text));
    return [
      `${day} 封存于 sealed ${wallTime(sealedAt)}`,
      `  账目 ledger ${counts.ledger} · 访问 audit ${counts.audit} · 比对 runs ${counts.runs}`,
      `  摘要 root ${root}`,
      `  签名 signature ${seal.signature}`,
      seal.publicKey.trimEnd(),
    ].join('\n');
  });
}

/**
 * `canbao ledger seal check DAY`: whether what was sealed is what was signed, by the public key that the auditor
 * holds, and whether the hub's tables still say the same. Everything but the last is worked out here.
 */
export async function checkDay(day: string, options: ClientOptions & { publicKey?: string }): Promise<void> {
  const held = options.publicKey === undefined ? undefined : await readGiven(options.publicKey);
  const hub = hubOf(options);
  const { seal, records } = await hub.get<SealView>(`/ledger/seals/${day}`);
  const key = held?.toString() ?? seal.publicKey;
  const text = await (await fetched(records)).text();
  const lines = text === '' ? [] : text.split('\n');
  const previous = await sealOf(hub, addDays(day, -1));
  const faults: (SealFault | 'tables-changed')[] = checkSeal(day, seal, key, lines, previous);
  const now = await hub.get<SealNow>(`/ledger/seals/${day}/now`);
  if (faults.length === 0 && now.root !== DaySeal.parse(JSON.parse(seal.text)).root) faults.push('tables-changed');
  const outcome = { day, records: lines.length, faults, ownKey: held !== undefined };
  show(options, outcome, () => {
    const hint =
      '  未指定 --public-key：使用了枢纽自己给出的公钥\n  the hub’s own word for its key was taken; an auditor names the key';
    const good = '  ✓ 签名、记录与账本一致 · signature, records and tables agree';
    const found = faults.length > 0 ? faults.map((fault) => `  ✗ ${faultWords[fault]}`) : [good];
    return [`${day}: ${outcome.records} 条记录 records`, ...found, ...(outcome.ownKey ? [] : [hint])].join('\n');
  });
  if (faults.length > 0) process.exitCode = 1;
}

const faultWords: Record<SealFault | 'tables-changed', string> = {
  'bad-signature': '签名无效 · the signature is not valid',
  'other-day': '封存的是另一日 · it seals another day',
  'other-records': '记录与封存摘要不符 · the records are not those that were sealed',
  'other-previous': '与前一日的封存不衔接 · it does not follow the seal of the day before',
  'tables-changed': '账本现状与封存不符 · the tables no longer say what was sealed',
};

async function sealOf(hub: HubClient, day: string): Promise<SignedSeal | undefined> {
  try {
    return (await hub.get<SealView>(`/ledger/seals/${day}`)).seal;
  } catch (error) {
    if (error instanceof HubRefusal && error.status === 404) return undefined;
    throw error;
  }
}
