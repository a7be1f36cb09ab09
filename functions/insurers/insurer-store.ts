import { Insurer, InsurerAct, InsurerKey, Lane } from '../../schemas/insurer.ts';
import type { Items, Key, Write } from '../runtime/items.ts';

export const insurerKey = (id: string): Key => ({ pk: `insurer#${id}`, sk: 'insurer' });
export const keyKey = (id: string, kid: string): Key => ({ pk: `insurer#${id}`, sk: `key#${kid}` });
export const laneKey = (id: string): Key => ({ pk: `insurer#${id}`, sk: 'lane' });
const listKey = (id: string): Key => ({ pk: 'insurers', sk: id });

export type KnownInsurer = { readonly insurer: Insurer; readonly keys: readonly InsurerKey[]; readonly lane: Lane };

/** An insurer with its keys and its lane, in one read. */
export async function readInsurer(items: Items, table: string, id: string): Promise<KnownInsurer | undefined> {
  // From `insurer` over `key#…` to `lane`: what operators did stands before them.
  const found = await items.query(table, { pk: `insurer#${id}`, from: 'insurer', to: 'lane' });
  const insurer = found.find(({ sk }) => sk === 'insurer');
  if (insurer === undefined) return undefined;
  return {
    insurer: Insurer.parse(insurer),
    keys: found.filter(({ sk }) => sk.startsWith('key#')).map((item) => InsurerKey.parse(item)),
    lane: Lane.parse(found.find(({ sk }) => sk === 'lane')),
  };
}

/** All insurers, in the order of their ids. */
export async function listInsurers(items: Items, table: string): Promise<Insurer[]> {
  const ids = await items.query(table, { pk: 'insurers' });
  const found = await items.getMany(
    table,
    ids.map(({ sk }) => insurerKey(sk)),
  );
  return found.flatMap((item) => (item === undefined ? [] : [Insurer.parse(item)]));
}

/** A new insurer; holds only while there is none of that id. */
export function newInsurerWrites(table: string, insurer: Insurer): Write[] {
  const lane: Lane = {
    owner: '-',
    leaseUntil: insurer.createdAt,
    wanted: false,
    slow: 0,
    restUntil: insurer.createdAt,
    replayUntil: insurer.createdAt,
  };
  return [
    { table, put: { ...insurerKey(insurer.id), ...insurer }, when: 'absent' },
    { table, put: { ...laneKey(insurer.id), ...lane } },
    { table, put: listKey(insurer.id) },
  ];
}

/** The insurer as it is to be from now on; holds only while nobody else has changed it. */
export function insurerWrite(table: string, insurer: Insurer): Write {
  const next: Insurer = { ...insurer, version: insurer.version + 1 };
  return { table, put: { ...insurerKey(insurer.id), ...next }, when: { version: insurer.version } };
}

/** A new key; holds only while there is none of that name. */
export function newKeyWrite(table: string, key: InsurerKey): Write {
  return { table, put: { ...keyKey(key.insurer, key.kid), ...key }, when: 'absent' };
}

/** When a key ends, or that it was revoked. */
export function keyEndWrite(
  table: string,
  { insurer, kid }: InsurerKey,
  end: { notAfter: string } | { revokedAt: string },
): Write {
  return { table, update: keyKey(insurer, kid), set: end, when: 'present' };
}

/** What was done to an insurer, kept for ever. @param n Tells the acts of one instant apart. */
export function actWrite(table: string, insurer: string, act: InsurerAct, n: string): Write {
  return { table, put: { pk: `insurer#${insurer}`, sk: `act#${act.at}#${n}`, ...act } };
}

/** What was done to an insurer, newest first. */
export async function readActs(items: Items, table: string, insurer: string, limit: number): Promise<InsurerAct[]> {
  const found = await items.query(table, { pk: `insurer#${insurer}`, prefix: 'act#', descending: true, limit });
  return found.map((item) => InsurerAct.parse(item));
}
