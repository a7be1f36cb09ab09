import type { Insurer } from '../../schemas/insurer.ts';
import { StoredIncoming, StoredOutgoing } from '../../schemas/messages.ts';
import type { Item, Write } from '../runtime/items.ts';
import { claimSeconds } from './attempt.ts';
import { eventOf, tell, toldWrite } from './hand-on.ts';
import { listInsurers, readInsurer } from './insurer-store.ts';
import { endingKeys, missingKeys } from './key-dates.ts';
import { byDue, messageKey } from './messages-table.ts';
import { latestDueSeconds } from './retry-schedule.ts';
import type { Wire } from './wire.ts';

/** Of one insurer and one kind, in one sweep. */
const atMost = 500;

/** Minutes until a message that settlement has not taken is put before it again. */
const againMinutes = [5, 30, 120, 360] as const;
/** From then on somebody should look why. */
const strangeAfter = 3;

/**
 * Does for every insurer what the stream or a wake-up should have done and may have missed.
 * @throws when it could not be done for one of them; it was for the others.
 */
export async function sweepMessages(wire: Wire): Promise<void> {
  let ending = 0;
  const faults: unknown[] = [];
  for (const insurer of await listInsurers(wire.items, wire.insurers)) {
    try {
      await bringBack(wire, insurer);
      await wakeForDue(wire, insurer);
      await tellNews(wire, insurer);
      await putAgain(wire, insurer);
      ending += await countEnding(wire, insurer);
    } catch (fault) {
      faults.push(fault);
    }
  }
  wire.measure('KeysEnding', ending);
  if (faults.length > 0) throw new Error(`${faults.length} insurers could not be swept`, { cause: faults[0] });
}

/**
 * Keys that end soon, and those that ended before anybody saw to it: the alarm stays until somebody does, be it by
 * disabling an insurer that has left.
 */
async function countEnding(wire: Wire, { id, schemes, state }: Insurer): Promise<number> {
  if (state === 'disabled') return 0;
  const keys = (await readInsurer(wire.items, wire.insurers, id))?.keys ?? [];
  const gone = missingKeys(schemes, keys, wire.now()).filter(({ hadOne }) => hadOne);
  return endingKeys(keys, wire.now()).length + gone.length;
}

/**
 * What is due later than anything may be was put off by a clock that ran far ahead: it is due as soon as an attempt that
 * may be under way has had its time.
 */
async function bringBack(wire: Wire, { id }: Insurer): Promise<void> {
  const now = wire.now();
  const from = new Date(now.getTime() + latestDueSeconds * 1000).toISOString();
  const soon = new Date(now.getTime() + claimSeconds * 1000).toISOString();
  for (const due of [`out#${id}`, `news#${id}`, `in#${id}`]) {
    const far = await wire.items.queryIndex(wire.messages, byDue, { pk: due, from, limit: atMost });
    const near = ({ pk, sk, dueAt }: Item): Write => ({
      table: wire.messages,
      update: { pk, sk },
      set: { dueAt: soon },
      when: { due, dueAt: String(dueAt) },
    });
    await Promise.all(far.map((item) => wire.items.write([near(item)])));
  }
}

async function wakeForDue(wire: Wire, { id }: Insurer): Promise<void> {
  const due = await listed(wire, `out#${id}`, 1);
  if (due.length > 0) await wire.outbox.send([{ insurer: id }]);
}

async function tellNews(wire: Wire, { id: insurer }: Insurer): Promise<void> {
  const news = (await listed(wire, `news#${insurer}`, atMost)).map((item) => News.parse(item));
  await tell(wire, news.map(eventOf('out')));
  await Promise.all(news.map(({ id }) => wire.items.write([toldWrite(wire.messages, insurer, id)])));
}

async function putAgain(wire: Wire, { id: insurer }: Insurer): Promise<void> {
  const waiting = (await listed(wire, `in#${insurer}`, atMost)).map((item) => Waiting.parse(item));
  await tell(wire, waiting.map(eventOf('in')));
  const strange = waiting.filter(({ handed }) => handed >= strangeAfter).length;
  if (strange > 0) wire.measure('MessagesNotTaken', strange);
  await Promise.all(
    waiting.map(({ id, handed }) => {
      const minutes = againMinutes[Math.min(handed, againMinutes.length - 1)]!;
      const dueAt = new Date(wire.now().getTime() + minutes * 60_000).toISOString();
      const set = { dueAt, handed: handed + 1 };
      const when = { state: 'received', handed };
      return wire.items.write([{ table: wire.messages, update: messageKey('in', insurer, id), set, when }]);
    }),
  );
}

// No more than is needed: a message that cannot be read as a whole is put before settlement all the same.
const News = StoredOutgoing.pick({ insurer: true, id: true });
const Waiting = StoredIncoming.pick({ insurer: true, id: true, handed: true });

function listed(wire: Wire, list: string, limit: number) {
  return wire.items.queryIndex(wire.messages, byDue, { pk: list, to: wire.now().toISOString(), limit });
}
