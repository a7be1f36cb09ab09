import type { RosterChanges } from '../../functions/settlement/policies/roster-changes.ts';
import type { RosterRow } from '../../functions/settlement/policies/roster-facts.ts';
import { isNewer, type Snapshot } from '../../schemas/snapshot.ts';

/** An accepted roster of all insurers. */
export type Roster = Pick<Snapshot, 'snapshotId' | 'dataAsOf' | 'sequence'> & { readonly rows: readonly RosterRow[] };

export const newestOf = (rosters: readonly Roster[]): Roster | undefined =>
  rosters.reduce<Roster | undefined>(
    (one, other) => (one !== undefined && !isNewer(other, one) ? one : other),
    undefined,
  );

/** What differs between two rosters, as roster-changes.ts reads it out of the lake. */
export function changesBetween(
  rosters: readonly Roster[],
  of: { readonly from: string | undefined; readonly to: string },
): RosterChanges {
  const rowsOf = (id: string | undefined): Map<string, RosterRow> =>
    new Map(rosters.find(({ snapshotId }) => snapshotId === id)?.rows.map((row) => [nameOf(row), row]));
  const [older, newer] = [rowsOf(of.from), rowsOf(of.to)];
  const names = [...new Set([...older.keys(), ...newer.keys()])].sort();
  const changed = names.filter((name) => JSON.stringify(older.get(name)) !== JSON.stringify(newer.get(name)));
  const changes = changed.map((name) => {
    const { insurer_uscc, policy_no, policy_sub_no } = (newer.get(name) ?? older.get(name))!;
    return { insurer: insurer_uscc, policy_no, policy_sub_no, row: newer.get(name) };
  });
  return {
    count: changes.length,
    insurers: [...new Set([...newer.values()].map(({ insurer_uscc }) => insurer_uscc))].sort(),
    read: async (from, count) => changes.slice(from, from + count),
  };
}

const nameOf = ({ insurer_uscc, policy_no, policy_sub_no }: RosterRow): string =>
  JSON.stringify([insurer_uscc, policy_no, policy_sub_no]);
