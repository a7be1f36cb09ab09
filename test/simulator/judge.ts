import type { Item } from '../../functions/runtime/items.ts';
import { verifyHistory } from '../../functions/settlement/ledger.ts';
import { closeDays, missingStatements } from '../../functions/settlement/reconciliation/close-day.ts';
import { reconcileStatements } from '../../functions/settlement/reconciliation/reconcile.ts';
import { insuredFen } from './core-system.ts';
import { expectedDifferences, type Found, fits, ofReconciliation, type StatedOn } from './expected-differences.ts';
import { tables } from './hub.ts';
import { judgeSeals } from './judge-seals.ts';
import type { ModelInsurer } from './model-insurer.ts';
import { wrongPolicies } from './policies-as-said.ts';
import type { Simulation } from './simulate.ts';
import { policyName } from './watch.ts';

const hourMs = 3_600_000;

/** What must hold when nothing is left to happen: everything is settled, and everybody's books agree. */
export async function judge(world: Simulation): Promise<void> {
  const well = world.insurers.filter(({ manner }) => manner.illUntilMs !== Number.POSITIVE_INFINITY);
  await sendAgain(world, well);
  // Whoever waits for an answer in vain asks once more: so what was lost is found.
  if (world.isLying) for (const insurer of well) insurer.sayAgain();
  const asked = world.core.askAgain();
  await world.run();
  await asked;
  if (world.hub.closesDays) await closeAll(world);
  await judgeSettlements(world);
  if (!world.isLying) judgeReversals(world);
  if (!world.isLying) judgeCorrected(world);
  judgeMessages(world, well);
  judgePolicies(world);
  // Whoever never got well could not be told everything.
  for (const insurer of well) compareBooks(world, insurer);
  if (world.hub.closesDays) await judgeReconciliation(world, well);
  if (world.hub.closesDays) await judgeSeals(world);
}

async function judgeReconciliation(world: Simulation, well: readonly ModelInsurer[]): Promise<void> {
  // What a lying table or a wrong clock kept from being found is found when the days are looked at again.
  if (world.isLying || world.isJumpy) await lookAgain(world);
  // Which statements it has lost nobody can tell; all of them come once more below.
  if (!world.isLying) for (const insurer of world.insurers) await judgeDifferences(world, insurer);
  await judgeCore(world);
  await changesNothing(world, () => lookAgain(world));
  if (world.isLying || world.dice.chance(0.3)) await everybodyRightly(world, well);
}

/** An operator sends what 75 hours were not enough for, until every insurer that is well has all of it. */
async function sendAgain(world: Simulation, well: readonly ModelInsurer[]): Promise<void> {
  for (const { id } of well) await world.operators.enable(id);
  let missing = 0;
  for (const insurer of well) missing += await world.operators.replayMissing(insurer);
  if (missing > 0) await world.run();
  for (const { pk, state, insurer } of messages(world))
    if (state === 'parked' && well.some(({ id }) => id === insurer)) world.violate(`${pk} is parked still`);
}

/** The schedule comes again when the last day on which anything was booked is long over. */
async function closeAll(world: Simulation): Promise<void> {
  const booked = world.hub.items.all(tables.settlements).filter(({ sk }) => sk.startsWith('command#'));
  const last = Math.max(world.hub.now().getTime(), ...booked.map(({ at }) => Date.parse(String(at))));
  world.scheduler.after(last + 36 * hourMs - world.hub.now().getTime(), () => {});
  await world.run();
  await closeDays(world.hub.closingCalmly());
  await world.run();
}

async function judgeSettlements(world: Simulation): Promise<void> {
  const { hub, watch, violate } = world;
  if (hub.isDue) violate(`still due: ${hub.dueKeys.join(', ')}`);
  for (const { setl_id, state, shares, reversal, sums } of watch.bills) {
    world.count(`settlement ${state}`);
    for (const share of shares) {
      world.count(`share ${share.state}`);
      if (share.state === 'pending' || share.state === 'waiting') violate(`${setl_id}: a share is ${share.state}`);
    }
    const done =
      ['settled', 'settled-by-hand', 'reversed'].includes(state) ||
      (state === 'received' && sums !== undefined) ||
      (state === 'reversing' && (reversal !== undefined || world.isLying));
    if (!done) violate(`${setl_id} is ${state}`);
    const history = await hub.calmly().store.history(setl_id);
    for (const { code, detail } of verifyHistory(setl_id, history).faults) violate(`${setl_id}: ${code} ${detail}`);
  }
}

/** What was said to be reversed is; of each reversal that was refused somebody knows. */
function judgeReversals(world: Simulation): void {
  const { core, watch, violate } = world;
  for (const { setl_id, state } of watch.bills)
    if (core.reversed.has(setl_id) !== (state === 'reversed'))
      violate(`${setl_id} is ${state}, the core system has ${core.reversed.has(setl_id) ? '' : 'not '}reversed it`);
  for (const id of core.misfits) {
    const key = `S${id.slice(1, 2)}/${id}`;
    const isKnown = differences(world).some((one) => one.class === 'amount-differs' && one.key === key);
    if (core.refused.has(id) !== isKnown)
      violate(`${id} was ${core.refused.has(id) ? 'refused, and nobody knows' : 'taken, and is a difference'}`);
  }
}

/** Who has paid under a policy that is another person's is known, and nobody else; of fees that nobody can compute, too. */
function judgeCorrected(world: Simulation): void {
  const { core, watch, violate } = world;
  for (const id of core.notComputable)
    if (!differences(world).some((one) => one.class === 'not-computable' && one.setl_id === id))
      violate(`${id} was not computed, and nobody knows`);
  const found = differences(world).filter((one) => one.class === 'other-person');
  for (const { setl_id, bill, shares, state } of watch.bills) {
    for (const share of shares) {
      if (bill === undefined || share.pendingSince === undefined) continue;
      const name = policyName(share);
      const own = found.filter(
        (one) => one.setl_id === setl_id && one.key === JSON.stringify([setl_id, ...name.split('/')]),
      );
      const isOpen = own.some((one) => one.state === 'open');
      if (own.length > 0) world.count('difference other-person');
      const isOthers = watch.policies.get(name)?.person_ref !== bill.person_ref;
      const isPaid = state !== 'reversed' && (share.paidFen ?? 0) > 0;
      if (isOthers && isPaid && !isOpen)
        violate(`${setl_id} was paid under ${name}, of another person, and nobody knows`);
      if (!isOthers && isOpen) violate(`${setl_id}: ${name} was corrected back, and the difference is open`);
      if (own.length > 0 && watch.holders.get(name)!.size < 2)
        violate(`${setl_id}: ${name} was never another person's`);
    }
  }
}

/** Everything that was taken has had its effect, and was answered once. */
function judgeMessages(world: Simulation, well: readonly ModelInsurer[]): void {
  const told = new Map<string, number>();
  for (const { pk, state, type, insurer, body } of messages(world)) {
    if (pk.startsWith('in#')) {
      if (state === 'received') world.violate(`${pk} was never handled`);
      continue;
    }
    world.count(`${String(type)} ${String(state)}`);
    if (type !== 'claim.posted' && type !== 'claim.refused') continue;
    const { data } = JSON.parse(String(body)) as { data: { message_id: string } };
    const key = `${insurer} ${data.message_id}`;
    told.set(key, (told.get(key) ?? 0) + 1);
  }
  for (const insurer of world.insurers) {
    for (const message of insurer.taken) {
      const times = told.get(`${insurer.id} ${message}`) ?? 0;
      // One that never got well does not notice that it waits in vain.
      const isMissed = times === 0 && world.isLying && !well.includes(insurer);
      if (times !== 1 && !isMissed) world.violate(`${insurer.id}: ${message} was answered ${times} times`);
    }
  }
}

function judgePolicies(world: Simulation): void {
  const { hub, watch } = world;
  const isTaken = (insurer: string, id: string): boolean => {
    const item = hub.items.all(tables.messages, `in#${insurer}#${id}`).find(({ sk }) => sk === 'message');
    return /^(applied|unchanged)/.test(String(item?.outcome));
  };
  for (const what of wrongPolicies(hub.rosters, watch.said, isTaken, watch.policies)) world.violate(what);
}

/** What it pays by the ledger less what it takes back, against its own book of the same claims. */
function compareBooks(world: Simulation, { id, books }: ModelInsurer): void {
  const paid = world.watch.paidByClaim();
  const claims = [...paid.keys()].filter((key) => key.startsWith(`${id} `)).map((key) => key.slice(id.length + 1));
  for (const claim of new Set([...claims, ...books.keys()])) {
    const { posted, reversed } = books.get(claim) ?? {};
    const own = (posted?.fen ?? 0) - (reversed?.fen ?? 0);
    const hub = paid.get(`${id} ${claim}`) ?? 0;
    if (own !== hub) world.violate(`${id} ${claim}: the insurer has ${own}, the hub ${hub}`);
  }
}

/** Everything that a statement has otherwise is a difference; where books agree there is none. */
async function judgeDifferences(world: Simulation, insurer: ModelInsurer): Promise<void> {
  const stated = newestStatements(world, insurer);
  const expected = expectedDifferences(world.watch.bookOf(insurer.id), stated);
  const open = differences(world).filter((one) => one.insurer === insurer.id && one.state === 'open');
  for (const one of expected) {
    world.count(`difference ${one.class}`);
    if (!open.some((other) => fits(one, other))) world.violate(`${insurer.id}: no difference ${JSON.stringify(one)}`);
  }
  for (const one of open.filter(ofReconciliation))
    if (!expected.some((other) => fits(other, one)))
      world.violate(`${insurer.id}: a difference where books agree ${JSON.stringify(one)}`);
  await judgeMissing(world, insurer, stated);
}

/** A statement that never came is missing, and no other. */
async function judgeMissing(world: Simulation, { id }: ModelInsurer, stated: readonly StatedOn[]): Promise<void> {
  const closed = world.hub.items.all(tables.settlements).filter(({ sk }) => sk === 'closed');
  for (const { pk } of closed) {
    const day = pk.slice('day#'.length);
    // Before there were any insurers.
    if (day < world.firstDay) continue;
    const missing = await missingStatements(world.hub.closingCalmly(), day);
    const flags = missing.filter(({ insurer }) => insurer === id).map(({ refd_setl_flag }) => refd_setl_flag);
    for (const flag of ['0', '1'] as const) {
      const isThere = stated.some((one) => one.day === day && one.flag === flag);
      if (flags.includes(flag) === isThere) world.violate(`${id}: ${day} ${flag} is ${isThere ? '' : 'not '}missing`);
      if (!isThere) world.count('statement missing');
    }
  }
}

/** The newest that the hub has taken of every day and flag. */
function newestStatements({ hub }: Simulation, { id, stated }: ModelInsurer): StatedOn[] {
  const isTaken = (message: string): boolean =>
    hub.items.all(tables.messages, `in#${id}#${message}`).some(({ outcome }) => outcome === 'kept');
  const newest = new Map<string, StatedOn>();
  for (const { ids, statement } of stated)
    if (ids.every(isTaken)) newest.set(`${statement.day} ${statement.flag}`, statement);
  return [...newest.values()];
}

/** What the core system was told and the hub does not have is a difference, and the other way round. */
async function judgeCore(world: Simulation): Promise<void> {
  const { hub, core } = world;
  await core.state(hub.closingCalmly());
  const open = differences(world).filter(({ source, state }) => source === 'core' && state === 'open');
  const found = (id: string, kind: string) => open.some((one) => one.setl_id === id && one.class === kind);
  const own = new Set(
    hub.items.all(tables.settlements).flatMap(({ pk, sk, kind, bill, refused }) => {
      return sk === 'settlement' && (kind === 'bill' ? bill !== undefined : refused === undefined) ? [pk] : [];
    }),
  );
  for (const id of core.book.keys()) {
    if (own.has(id)) continue;
    world.count('lost and found');
    if (!world.isLying) world.violate(`${id} was answered and is not there`);
    if (!found(id, 'insurer-only')) world.violate(`${id} is not there, and nobody knows`);
  }
  for (const { setl_id, answer } of world.watch.bills) {
    const [told, has] = [core.answers.get(setl_id), answer].map(insuredFen);
    if (told === undefined || has === undefined || told === has) continue;
    world.count('told otherwise');
    if (!open.some((one) => one.setl_id === setl_id))
      world.violate(`${setl_id} was told ${told}, has ${has}, and nobody knows`);
  }
  for (const one of world.isLying ? [] : open) {
    // Either clock may have been past midnight already.
    const ofRefused = one.class === 'amount-differs' && one.refd_setl_flag === '1' && core.refused.size > 0;
    if (!ofRefused && !['wrong-day', 'same-id-other-content'].includes(one.class))
      world.violate(`the core system's file: ${JSON.stringify(one)}`);
  }
}

/** Every day is compared again, as it may be at any time. */
async function lookAgain({ hub }: Simulation): Promise<void> {
  const days = new Set(hub.items.all(tables.settlements).flatMap(({ pk }) => (pk.startsWith('day#') ? [pk] : [])));
  for (const day of [...days].sort()) await reconcileStatements(hub.closingCalmly(), day.slice('day#'.length));
}

async function changesNothing(world: Simulation, act: () => Promise<void>): Promise<void> {
  const kept = () => {
    const items = world.hub.items.all(tables.settlements).filter(({ pk }) => /^(day|difference)#/.test(pk));
    return new Map(items.map((item) => [`${item.pk} ${item.sk}`, JSON.stringify(item)]));
  };
  const before = kept();
  await act();
  for (const [name, item] of kept())
    if (before.get(name) !== item) world.violate(`compared again ${name} was ${before.get(name)} is ${item}`);
}

/** When everybody has said what stands in their books, nothing is left to be cleared up. */
async function everybodyRightly(world: Simulation, well: readonly ModelInsurer[]): Promise<void> {
  for (const insurer of well) {
    const days = new Set([
      ...world.watch.bookOf(insurer.id).map(({ day }) => day),
      ...insurer.stated.map(({ statement }) => statement.day),
    ]);
    for (const day of days) for (const flag of ['0', '1'] as const) insurer.stateRightly(day, flag);
  }
  await world.run();
  if (world.isLying) await lookAgain(world);
  for (const { id } of well) {
    world.count('books agree');
    const open = differences(world).filter((one) => one.insurer === id && one.state === 'open');
    for (const one of open.filter(ofReconciliation))
      world.violate(`${id}: books agree, and there is ${JSON.stringify(one)}`);
  }
}

const messages = ({ hub }: Simulation): Item[] => hub.items.all(tables.messages).filter(({ sk }) => sk === 'message');

const differences = ({ hub }: Simulation): Found[] =>
  hub.items.all(tables.settlements).filter(({ sk }) => sk === 'difference') as unknown as Found[];
