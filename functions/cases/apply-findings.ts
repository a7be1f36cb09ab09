import type { Case } from '../../schemas/case.ts';
import { type CaseChange, caseAfter, type FindingRow, type FindingsOfRun } from './case-changes.ts';

/** A change of a case and the case it changes; without one it is opened. */
export type PlannedChange = CaseChange & { readonly previous: Case | undefined };

/** What opening and changing cases needs of their table. */
export type CaseStore = {
  /** The cases there are of these persons, by person_ref. */
  read(personRefs: readonly string[]): Promise<ReadonlyMap<string, Case>>;
  /**
   * Writes cases with their events, at most 100 items, all or none; false when one of the cases is no longer the
   * `previous` one or is being written by somebody else.
   */
  write(changes: readonly PlannedChange[]): Promise<boolean>;
};

/** Items of one transaction and their bytes: DynamoDB takes 100 and 4 MB. */
const transactionPuts = 100;
const transactionBytes = 3_000_000;
/** Transactions under way at once: some wait for the table while the next ones are put together. */
const inFlight = 4;
/** Times a case may change under our hands before the message goes back to its queue. */
const maxTries = 8;

type Person = { readonly personRef: string; readonly rows: readonly FindingRow[] };

/**
 * Brings a slice of a run's findings to the cases of its persons; twice is once, whatever came in between. Persons
 * whose findings are all new are taken to have no case, and theirs are opened unread. Where that proves wrong, or
 * somebody else is at the same case, it is read and tried again, in ever smaller transactions.
 * @throws when the table fails or a case keeps changing; applying the slice again is safe.
 */
export async function applyFindings(store: CaseStore, slice: readonly FindingRow[], of: FindingsOfRun): Promise<void> {
  const persons = personsOf(slice);
  const known = persons.filter(({ rows }) => rows.some(({ status }) => status !== 'new'));
  let left = await attempt(store, persons, known, of, transactionPuts);
  for (let tries = 1; left.length > 0; tries += 1) {
    if (tries === maxTries) throw new Error(`${left.length} cases kept changing while run ${of.run.runId} was applied`);
    left = await attempt(store, left, left, of, transactionPuts >> (2 * tries));
  }
}

/** One try for each of the persons, having read the cases of `known`; those whose case is not written yet. */
async function attempt(
  store: CaseStore,
  persons: readonly Person[],
  known: readonly Person[],
  of: FindingsOfRun,
  puts: number,
): Promise<Person[]> {
  const cases = await store.read(known.map(({ personRef }) => personRef));
  const changes = persons.flatMap(({ personRef, rows }) => {
    const previous = cases.get(personRef);
    const change = caseAfter(previous, rows, of);
    return change === undefined ? [] : [{ previous, ...change }];
  });
  const unwritten = new Set<string>();
  await concurrently(transactionsOf(changes, puts), async (transaction) => {
    if (await store.write(transaction)) return;
    for (const { item } of transaction) unwritten.add(item.person_ref);
  });
  return persons.filter(({ personRef }) => unwritten.has(personRef));
}

function personsOf(rows: readonly FindingRow[]): Person[] {
  const persons = new Map<string, FindingRow[]>();
  for (const row of rows) {
    const held = persons.get(row.person_ref);
    if (held === undefined) persons.set(row.person_ref, [row]);
    else held.push(row);
  }
  return [...persons].map(([personRef, rowsOfPerson]) => ({ personRef, rows: rowsOfPerson }));
}

/** A case and its event are never parted, so a transaction may be one put longer than `puts` when that is 1. */
function transactionsOf(changes: readonly PlannedChange[], puts: number): PlannedChange[][] {
  const transactions: PlannedChange[][] = [];
  let putsLeft = 0;
  let bytesLeft = 0;
  for (const change of changes) {
    const size = Buffer.byteLength(JSON.stringify([change.item, change.event]));
    const needed = change.event === undefined ? 1 : 2;
    if (needed > putsLeft || size > bytesLeft) {
      transactions.push([]);
      putsLeft = puts;
      bytesLeft = transactionBytes;
    }
    transactions.at(-1)!.push(change);
    putsLeft -= needed;
    bytesLeft -= size;
  }
  return transactions;
}

/** Does the jobs, `inFlight` at a time; when one fails the others are waited for, then the first fault is thrown. */
async function concurrently<Job>(jobs: readonly Job[], work: (job: Job) => Promise<void>): Promise<void> {
  const queue = jobs.values();
  const line = async (): Promise<void> => {
    for (const job of queue) await work(job);
  };
  const ends = await Promise.allSettled(Array.from({ length: inFlight }, line));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
