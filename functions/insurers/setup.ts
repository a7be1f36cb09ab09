import type { Write } from '../runtime/items.ts';
import { actWrite } from './insurer-store.ts';
import type { Wire } from './wire.ts';

/** What setting insurers up needs of the world. */
export type Setup = Pick<Wire, 'items' | 'insurers' | 'sealer' | 'outbox' | 'now' | 'newId'> & {
  /** The embedded hub speaks with insurers on its own machine, without TLS. */
  readonly allowLoopback: boolean;
};

/** Who did what to an insurer, to stand in the transaction that does it. */
export function actOf(setup: Setup, insurer: string, by: string, what: string): Write {
  return actWrite(setup.insurers, insurer, { at: setup.now().toISOString(), by, what }, setup.newId());
}
