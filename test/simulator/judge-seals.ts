import { isDeepStrictEqual } from 'node:util';
import { checkSeal } from '../../functions/settlement/seal/day-seal.ts';
import { publicSealKey, readSeal, sealKeys } from '../../functions/settlement/seal/seal-store.ts';
import type { SignedSeal } from '../../schemas/day-seal.ts';
import { addDays, civilDateAt } from '../../schemas/time.ts';
import { tables } from './hub.ts';
import type { Simulation } from './simulate.ts';

/** Every day that is closed has a seal that an auditor can check with the public key alone, and it holds all of the day. */
export async function judgeSeals(world: Simulation): Promise<void> {
  const { hub, violate } = world;
  const closed = hub.items.all(tables.settlements).filter(({ sk }) => sk === 'closed');
  const days = closed.map(({ pk }) => pk.slice('day#'.length)).sort();
  const publicKey = (await publicSealKey(hub.items, tables.settlements)) ?? '';
  const seals = new Map<string, SignedSeal>();
  for (const day of days) {
    const signed = await readSeal(hub.seals, day);
    if (signed === undefined) {
      violate(`${day} is closed and not sealed`);
      continue;
    }
    seals.set(day, signed);
    world.count('sealed');
    const texts = new Set(hub.seals.versions(sealKeys.seal(day)).map((version) => version.toString('utf8')));
    if (texts.size > 1 && !world.isJumpy && !world.isLying) violate(`${day} has ${texts.size} seals`);
    // A clock that was wrong closes days that are not over, and days before the first one.
    const previous = world.isJumpy ? undefined : seals.get(addDays(day, -1));
    const lines = linesOf(world, day);
    const faults = checkSeal(day, signed, publicKey, lines, previous);
    if (faults.length > 0) violate(`the seal of ${day}: ${faults.join(', ')}`);
    if (!world.isJumpy && !isDeepStrictEqual(sealed(lines), booked(world, day)))
      violate(`the seal of ${day} holds ${lines.length} entries, the day has ${booked(world, day).length}`);
  }
}

function linesOf({ hub }: Simulation, day: string): string[] {
  const text = hub.seals.versions(sealKeys.records(day)).at(-1)?.toString('utf8') ?? '';
  return text === '' ? [] : text.split('\n');
}

/** What makes an entry, of the day's records and of the table, in the order of their ids. */
function sealed(lines: readonly string[]): unknown[] {
  return lines.map((line) => money((JSON.parse(line) as [string, Entry])[1]));
}

function booked({ hub }: Simulation, day: string): unknown[] {
  const entries = hub.items.all(tables.settlements).filter(({ sk }) => sk.startsWith('entry#')) as unknown as Entry[];
  const own = entries.filter(({ at }) => civilDateAt(new Date(at)) === day).map(money);
  return own.sort(([one], [other]) => (one < other ? -1 : 1));
}

type Entry = { entry_id: string; kind: string; debit: string; credit: string; amount_fen: number; at: string };
const money = ({ entry_id, kind, debit, credit, amount_fen, at }: Entry) =>
  [entry_id, kind, debit, credit, amount_fen, at] as const;
