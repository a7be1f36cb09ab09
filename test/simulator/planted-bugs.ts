import type { Items, Key, Write } from '../../functions/runtime/items.ts';
import type { Plant } from './hub.ts';

/** Takes the condition away from the writes it concerns. */
export const without = (concerns: (write: Write) => boolean): Plant => ({
  items: (items): Items => ({
    ...items,
    write: (writes) =>
      items.write(
        writes.flatMap((write): Write[] => {
          if (!concerns(write)) return [write];
          const { when: _, ...rest } = write;
          return 'check' in rest ? [] : [rest];
        }),
      ),
  }),
});

/** Leaves out the writes it concerns. */
const leaving = (concerns: (write: Write) => boolean): Plant => ({
  items: (items): Items => ({
    ...items,
    write: (writes) => {
      const left = writes.filter((write) => !concerns(write));
      return left.length === 0 ? Promise.resolve(true) : items.write(left);
    },
  }),
});

const put = (table: string, of: (item: Key & Readonly<Record<string, unknown>>, write: Write) => boolean) =>
  without((write) => write.table === table && 'put' in write && of(write.put, write));
const update = (pk: string, of: (set: Readonly<Record<string, unknown>>, write: Write) => boolean) =>
  without((write) => 'update' in write && write.update.pk.startsWith(pk) && of(write.set ?? {}, write));

/** An update by what it expects. */
const expecting = (pk: string, of: (when: Expected, set: Readonly<Record<string, unknown>>) => boolean) =>
  without(
    (write) =>
      'update' in write &&
      write.update.pk.startsWith(pk) &&
      typeof write.when === 'object' &&
      of(write.when, write.set ?? {}),
  );
type Expected = Readonly<Record<string, unknown>>;

/** `shownBy`: a seed in whose world it was seen; where another order of things hides it there, the next worlds are searched. */
type PlantedBug = Plant & { readonly shownBy: number };

/**
 * Bugs as somebody might make them: each is one condition, or one write, that is no longer there. The simulator must find every one.
 */
export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  'a settlement is written over what others have made of it meanwhile': {
    shownBy: 11,
    ...put('settlements', ({ sk, kind }, { when }) => sk === 'settlement' && kind === 'bill' && when !== 'absent'),
  },
  'a bill is written where there is one already': {
    shownBy: 3,
    ...put('settlements', ({ sk, kind }, { when }) => sk === 'settlement' && kind === 'bill' && when === 'absent'),
  },
  'a reversal is written where there is one already': {
    shownBy: 9,
    ...put('settlements', ({ kind }) => kind === 'reversal'),
  },
  'a message is handled though it was handled before': {
    shownBy: 42,
    ...update('in#', ({ state }) => state === 'handled'),
  },
  'a policy may have changed since it was read': {
    shownBy: 94,
    ...without((write) => write.table === 'policies' && 'check' in write),
  },
  'a policy is written over what others have learned of it': {
    shownBy: 1,
    ...put('policies', ({ sk }) => sk === 'holder'),
  },
  'an accumulator is written over what another bill has counted': {
    shownBy: 239,
    ...put('policies', ({ sk }) => sk.startsWith('accumulator#')),
  },
  'what funds pay is worked out of a year that another bill has counted to since': {
    shownBy: 938,
    ...update('person#', (_, { when }) => when !== 'present'),
  },
  'a reversed bill gives nothing back to the year of the funds': {
    shownBy: 1,
    ...leaving((write) => 'update' in write && write.update.sk.startsWith('benefits#') && write.when === 'present'),
  },
  'it is noted nowhere that a policy is another person’s': {
    shownBy: 363,
    ...leaving((write) => 'put' in write && write.put.pk === 'corrected'),
  },
  'it is noted nowhere for which bills a policy was asked': {
    shownBy: 363,
    ...leaving((write) => 'put' in write && write.put.sk.startsWith('asked#')),
  },
  'a message of an insurer is kept over one of the same id': {
    shownBy: 24,
    ...put('messages', ({ sk }) => sk === 'message' || sk === 'body'),
  },
  'a message to an insurer is written over itself': {
    shownBy: 70,
    ...put('messages', ({ pk }) => pk.startsWith('out#')),
  },
  'an attempt is made by two at once': { shownBy: 52, ...update('out#', ({ attempts }) => attempts !== undefined) },
  'a notice is given up though it was accepted': {
    shownBy: 388,
    ...without(({ when }) => typeof when === 'object' && when.acceptedAt === 'absent'),
  },
  'a message is put off though it is over': {
    shownBy: 16,
    ...expecting('out#', ({ due }) => String(due).startsWith('out#')),
  },
  'a message that is to be sent again is taken off the list': {
    shownBy: 104,
    ...expecting('out#', ({ due }) => String(due).startsWith('news#')),
  },
  'a message is accepted though it is over': {
    shownBy: 38,
    ...update('out#', ({ state }, { when }) => {
      return state === 'accepted' && typeof when === 'object' && typeof when.state === 'object';
    }),
  },
  'an attempt that failed puts off another one': {
    shownBy: 160,
    ...expecting('out#', (when, set) => {
      return 'attempts' in when && !('dueAt' in when) && Object.keys(set).join() === 'dueAt';
    }),
  },
  'a message that was handled is put before settlement again': {
    shownBy: 322,
    ...expecting('in#', ({ handed }) => handed !== undefined),
  },
  'a lane is taken from its owner': {
    shownBy: 4,
    ...expecting('insurer#', ({ leaseUntil }) => leaseUntil !== undefined),
  },
  'a notice is taken back though it was tried': {
    shownBy: 638,
    ...update('out#', ({ state }) => state === 'cancelled'),
  },
};
