import type { Items, Key, Write } from '../../functions/runtime/items.ts';
import type { Plant } from './hub.ts';

/** Takes the condition away from the writes it concerns. */
const without = (concerns: (write: Write) => boolean): Plant => ({
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

const put = (table: string, of: (item: Key & Readonly<Record<string, unknown>>, write: Write) => boolean) =>
  without((write) => write.table === table && 'put' in write && of(write.put, write));
const update = (pk: string, of: (set: Readonly<Record<string, unknown>>, write: Write) => boolean) =>
  without((write) => 'update' in write && write.update.pk.startsWith(pk) && of(write.set ?? {}, write));

/**
 * Bugs as somebody might make them: each is one condition that is no longer there. The simulator must find every one.
 */
export const plantedBugs: Readonly<Record<string, Plant>> = {
  'a settlement is written over what others have made of it meanwhile': put(
    'settlements',
    ({ sk, kind }, { when }) => sk === 'settlement' && kind === 'bill' && when !== 'absent',
  ),
  'a bill is written where there is one already': put(
    'settlements',
    ({ sk, kind }, { when }) => sk === 'settlement' && kind === 'bill' && when === 'absent',
  ),
  'a reversal is written where there is one already': put('settlements', ({ kind }) => kind === 'reversal'),
  'a message is handled though it was handled before': update('in#', ({ state }) => state === 'handled'),
  'a policy may have changed since it was read': without((write) => write.table === 'policies' && 'check' in write),
  'a policy is written over what others have learned of it': put('policies', ({ sk }) => sk === 'holder'),
  'an accumulator is written over what another bill has counted': put('policies', ({ sk }) =>
    sk.startsWith('accumulator#'),
  ),
  'a message of an insurer is kept over one of the same id': put(
    'messages',
    ({ sk }) => sk === 'message' || sk === 'body',
  ),
  'a message to an insurer is written over itself': put('messages', ({ pk }) => pk.startsWith('out#')),
  'an attempt is made by two at once': update('out#', ({ attempts }) => attempts !== undefined),
  'a notice is taken back though it was tried': update('out#', ({ state }) => state === 'cancelled'),
};
