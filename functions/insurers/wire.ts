import type { Items } from '../runtime/items.ts';
import type { Clock, Measure, Pause, Random, Sender, Transport } from '../runtime/ports.ts';
import type { Sealer } from '../runtime/sealed.ts';
import type { SignatureKey } from '../runtime/signatures/standard-webhooks.ts';
import type { KeyRing } from './key-ring.ts';

/** What the wire to insurers needs of the world; wire-services.ts binds the real ones. */
export type Wire = {
  readonly items: Items;
  /** Names of its two tables. */
  readonly messages: string;
  readonly insurers: string;
  readonly sealer: Sealer;
  readonly keyRing: KeyRing;
  /** Keys of nobody: what an unknown insurer's signature is held against, so that it takes as long as a known one's. */
  readonly decoyKeys: () => readonly SignatureKey[];
  /** Queue `insurer-events`: messages that settlement is to look at. */
  readonly events: Sender;
  /** Queue `outbox`: insurers whose due messages are to be looked at. */
  readonly outbox: Sender;
  readonly transport: Transport;
  readonly now: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly pause: Pause;
  readonly measure: Measure;
};
