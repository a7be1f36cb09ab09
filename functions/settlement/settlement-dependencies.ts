import type { Difference } from '../../schemas/difference.ts';
import type { ProductVersion } from '../../schemas/product.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Items } from '../runtime/items.ts';
import type { Clock, Pause } from '../runtime/ports.ts';
import type { Sealer } from '../runtime/sealed.ts';
import type { PersonsPolicies } from './coverages.ts';
import type { SettlementStore, Tables } from './settlement-store.ts';

/** What settlement needs of the world; settlement-services.ts binds the real ones. */
export type SettlementDependencies = {
  readonly items: Items;
  readonly tables: Tables;
  readonly store: SettlementStore;
  readonly ofPerson: (personRef: string) => Promise<PersonsPolicies>;
  /** The newest version of every product; may be some seconds old. */
  readonly products: () => Promise<readonly ProductVersion[]>;
  /** The area's settings of settlements; may be some seconds old. */
  readonly settings: () => Promise<Settings['settlement']>;
  readonly openDifferences: (differences: readonly Difference[], at: Date) => Promise<unknown>;
  readonly secret: () => Promise<string>;
  readonly sealer: Pick<Sealer, 'open'>;
  readonly now: Clock;
  readonly pause: Pause;
};
