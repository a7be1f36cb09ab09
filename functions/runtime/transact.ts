import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import type { Pause, Random } from './ports.ts';

/** Tries of a transaction that meets another one on the same item. */
const conflictTries = 8;

/**
 * Makes a transaction or a single write, again where it meets a transaction on the same item: DynamoDB then cancels one
 * of the two.
 * @returns false when a condition did not hold.
 * @throws on anything else, and when conflicts went on too long.
 */
export async function transact(send: () => Promise<unknown>, pause: Pause, random: Random): Promise<boolean> {
  for (let tried = 1; ; tried++) {
    try {
      await send();
      return true;
    } catch (error) {
      const codes = codesOf(error);
      if (codes.includes('ConditionalCheckFailed')) return false;
      if (!codes.includes('TransactionConflict') || tried === conflictTries) throw error;
      await pause(5 * 2 ** tried * (0.5 + random()));
    }
  }
}

function codesOf(error: unknown): (string | undefined)[] {
  if (error instanceof TransactionCanceledException) return (error.CancellationReasons ?? []).map(({ Code }) => Code);
  if (error instanceof TransactionConflictException) return ['TransactionConflict'];
  // A single write carries no token as transactions do: sent twice, it may have met itself, and nobody knows.
  const sentOnce = error instanceof ConditionalCheckFailedException && (error.$metadata.attempts ?? 1) === 1;
  return sentOnce ? ['ConditionalCheckFailed'] : [];
}
