import type { Condition, Items, Write } from '../../functions/runtime/items.ts';
import type { Plant } from './hub.ts';

/** Takes a condition away from the writes it concerns. */
const without = (
  concerns: (write: Write) => boolean,
  condition: (when: Condition | undefined) => Condition | undefined = () => undefined,
): Plant => ({
  items: (items): Items => ({
    ...items,
    write: (writes) =>
      items.write(
        writes.map((write) => {
          if (!concerns(write)) return write;
          const { when, ...rest } = write;
          const left = condition(when);
          return (left === undefined ? rest : { ...rest, when: left }) as Write;
        }),
      ),
  }),
});

const isPut = (write: Write, table: string, sk: (sk: string) => boolean): boolean =>
  'put' in write && write.table === table && sk(write.put.sk);
const isUpdate = (write: Write, table: string, pk: string): boolean =>
  'update' in write && write.table === table && write.update.pk.startsWith(pk);

/**
 * Bugs as somebody might make them: each is one condition that is no longer there. The simulator must find every one.
 */
export const plantedBugs: Readonly<Record<string, Plant>> = {
  'a settlement is written over what others have made of it meanwhile': without((write) =>
    isPut(write, 'settlements', (sk) => sk === 'settlement' || sk.startsWith('command#') || sk.startsWith('entry#')),
  ),
  'an accumulator is written over what another bill has counted': without((write) =>
    isPut(write, 'policies', (sk) => sk.startsWith('accumulator#')),
  ),
  'a message of an insurer is kept over one of the same id': without((write) =>
    isPut(write, 'messages', (sk) => sk === 'message' || sk === 'body'),
  ),
  'a notice is taken back though it was tried': without(
    (write) => isUpdate(write, 'messages', 'out#') && 'update' in write && write.set?.state === 'cancelled',
  ),
};
