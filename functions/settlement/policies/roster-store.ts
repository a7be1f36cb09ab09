import { LoadedRoster, PolicyKey, RosterLoad } from '../../../schemas/policy.ts';
import type { Items, Key, Write } from '../../runtime/items.ts';
import { policyName } from './policy-store.ts';

/** How far the policies are in line with the rosters; part of the table `policies`. */
export type RosterStore = {
  loaded(): Promise<LoadedRoster | undefined>;
  load(): Promise<RosterLoad | undefined>;
  /** False when a load is under way already. */
  begin(load: RosterLoad): Promise<boolean>;
  /** False when somebody else has moved it on meanwhile. */
  advance(load: RosterLoad, done: number): Promise<boolean>;
  /** All changes are written: from now on the newer roster is the one that counts. */
  take(load: RosterLoad): Promise<boolean>;
  finish(load: RosterLoad): Promise<boolean>;
  /** Policies of an insurer that messages spoke of, and that the rosters loaded since have not outranked. */
  spokenOf(insurer: string): Promise<PolicyKey[]>;
};

export function rosterStore(items: Items, table: string): RosterStore {
  const moved = (load: RosterLoad, set: Partial<RosterLoad>): Write => ({
    table,
    update: loadKey,
    set: { ...set, version: load.version + 1 },
    when: { version: load.version },
  });
  return {
    async loaded() {
      const item = await items.get(table, loadedKey);
      return item && LoadedRoster.parse(item);
    },
    async load() {
      const item = await items.get(table, loadKey);
      return item && RosterLoad.parse(item);
    },
    begin: (load) => items.write([{ table, put: { ...loadKey, ...load }, when: 'absent' }]),
    advance: (load, done) => items.write([moved(load, { done })]),
    take: (load) => items.write([{ table, put: { ...loadedKey, ...load.to } }, moved(load, { step: 'messages' })]),
    finish: (load) => items.write([{ table, delete: loadKey, when: { version: load.version } }]),
    async spokenOf(insurer) {
      const found = await items.query(table, { pk: spokenPk(insurer) });
      return found.map((item) => PolicyKey.parse(item));
    },
  };
}

/** Part of the transaction that writes what a message said of a policy: the next roster looks at it again. */
export function spokenWrite(table: string, { insurer, policy_no, policy_sub_no }: PolicyKey): Write {
  const key = { insurer, policy_no, policy_sub_no };
  return { table, put: { pk: spokenPk(insurer), sk: policyName(key), ...key } };
}

export function outrankedWrite(table: string, key: PolicyKey): Write {
  return { table, delete: { pk: spokenPk(key.insurer), sk: policyName(key) } };
}

const loadedKey: Key = { pk: 'roster', sk: 'loaded' };
const loadKey: Key = { pk: 'roster', sk: 'load' };
const spokenPk = (insurer: string): string => `spoken#${insurer}`;
