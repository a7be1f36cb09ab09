import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LoadRosterDependencies, loadRoster } from '../../../functions/settlement/policies/load-roster.ts';
import { policyStore } from '../../../functions/settlement/policies/policy-store.ts';
import type { RosterRow } from '../../../functions/settlement/policies/roster-facts.ts';
import { type PolicyMessage, takePolicyMessage } from '../../../functions/settlement/policies/take-policy-message.ts';
import { personRef } from '../../../schemas/person-ref.ts';
import type { Policy, PolicyKey } from '../../../schemas/policy.ts';
import { civilDateAt } from '../../../schemas/time.ts';
import { changesBetween, newestOf } from '../../simulator/lake.ts';
import { fairWeather, type MemoryItems, memoryItems, type Weather } from '../../simulator/memory-items.ts';
import { certificateOf, messageOf, rosterRow } from './policy-builders.ts';

type Roster = { kind: 'roster'; day: number; sequence: number; rows: RosterRow[] };
type Message = { kind: 'message'; id: string; at: number; message: PolicyMessage; insurer: string };
type Event = Roster | Message;

const table = 'policies';
const secret = 'a secret that is only for the tests of policies';
const insurers = ['A', 'B'];
const first = Date.parse('2026-03-01T00:00:00+08:00');
const dayMs = 86_400_000;
const dateOf = (day: number): string => civilDateAt(new Date(first + day * dayMs));

describe('what rosters and messages say of policies', () => {
  test('ends in the same state in every order of arrival, as a walk in the order of their times finds it', async () => {
    await fc.assert(
      fc.asyncProperty(world(), async ({ events, orders }) => {
        const expected = walk(events);
        for (const order of orders) {
          const hub = openHub();
          for (const event of order) await hub.take(event);
          expect(await hub.active()).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  test('ends in the same state when a message comes in the middle of a load, or a load in the middle of a message', async () => {
    await fc.assert(
      fc.asyncProperty(world(), fc.nat(40), fc.constantFrom('message', 'roster'), async (made, step, kind) => {
        const order = made.orders[0]!;
        const between = order.filter((event) => event.kind === kind).at(-1);
        const rest = order.filter((event) => event !== between);
        let steps = 0;
        let inside = false;
        const hub = openHub({
          ...fairWeather,
          async before() {
            steps += inside ? 0 : 1;
            if (inside || between === undefined || steps !== step) return;
            inside = true;
            await hub.take(between);
          },
        });
        for (const event of rest) await hub.take(event);
        if (!inside && between !== undefined) await hub.take(between);
        await hub.load();
        expect(await hub.active()).toEqual(walk(order));
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  test('are the same after a crash at any operation, before it or after it', async () => {
    await fc.assert(
      fc.asyncProperty(world(), fc.array(fc.nat(60), { maxLength: 4 }), fc.boolean(), async (made, crashes, after) => {
        const left = new Set(crashes);
        let operations = 0;
        const strike = async () => {
          operations += 1;
          if (left.delete(operations)) throw new Error('crash');
        };
        const hub = openHub(after ? { ...fairWeather, after: strike } : { ...fairWeather, before: strike });
        for (const event of made.orders[0]!) {
          for (let done = false; !done; ) {
            done = await hub.take(event).then(
              () => true,
              () => false,
            );
          }
        }
        left.clear();
        expect(await hub.active()).toEqual(walk(made.events));
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

test('what a message says while a roster is loaded is looked at again by the next roster, whichever write it comes between', async () => {
  const said = message('m1', 1, 'policy.upserted', { policy_no: 'P' });
  const ended = message('m2', 9, 'policy.terminated', { policy_no: 'P' });
  const roster = (day: number): Roster => ({ kind: 'roster', day, sequence: day, rows: [rosterRow()] });
  const [loaded, next] = [roster(5), roster(12)];
  for (let step = 1, between = true; between; step++) {
    let steps = 0;
    between = false;
    let loading = false;
    const hub = openHub({
      ...fairWeather,
      async before() {
        steps += loading ? 1 : 0;
        if (!loading || steps !== step) return;
        [loading, between] = [false, true];
        await hub.take(ended);
      },
    });
    await hub.take(said);
    loading = true;
    await hub.take(loaded);
    loading = false;
    if (!between) await hub.take(ended);
    await hub.take(next);
    expect(await hub.active()).toEqual(walk([said, loaded, ended, next]));
  }
});

test('a revoked consent never comes back, whatever says so later', async () => {
  const hub = openHub();
  const key = { policy_no: 'P', policy_sub_no: '' };
  await hub.take(message('m1', 1, 'policy.upserted', { ...key, consent_no: 'C1' }));
  expect((await hub.active())[0]).toMatchObject({ consent: 'C1' });
  await hub.take(message('m2', 2, 'consent.revoked', { ...key, consent_no: 'C1' }));
  await hub.take(message('m3', 3, 'policy.upserted', { ...key, consent_no: 'C1' }));
  await hub.take({ kind: 'roster', day: 9, sequence: 1, rows: [rosterRow({ consent_no: 'C1', policy_no: 'P' })] });
  expect((await hub.active())[0]).not.toHaveProperty('consent');
  await hub.take(message('m4', 10, 'policy.upserted', { ...key, consent_no: 'C2' }));
  expect((await hub.active())[0]).toMatchObject({ consent: 'C2' });
});

test('every share that no notice was accepted for is held to its consent by what a message says, again after a crash', async () => {
  const hub = openHub();
  const key: PolicyKey = { insurer: 'A', policy_no: 'P', policy_sub_no: '' };
  await hub.take(message('m1', 1, 'policy.upserted', { policy_no: 'P', consent_no: 'C1' }));
  await hub.items.write([
    { table, put: { pk: 'policy#A#P#', sk: 'open#S1', setl_id: 'S1', share: 'x', consent_no: 'C1' } },
  ]);
  const revoked = message('m2', 2, 'consent.revoked', { policy_no: 'P', consent_no: 'C1' });
  hub.crashes = true;
  await expect(hub.take(revoked)).rejects.toThrow();
  hub.crashes = false;
  await hub.take(revoked);
  expect(hub.held).toEqual(['S1 x m2']);
  expect((await policyStore(hub.items, table).record(key))?.revoked).toHaveProperty('C1');
});

test('an unchanged roster writes nothing', async () => {
  const hub = openHub();
  const rows = Array.from({ length: 100 }, (_, n) => rosterRow({ policy_no: `P${n}` }));
  await hub.take({ kind: 'roster', day: 1, sequence: 1, rows });
  let puts = 0;
  hub.items.onChange((_, item) => {
    if (item?.sk !== 'load' && item?.sk !== 'loaded' && item !== undefined) puts += 1;
  });
  await hub.take({ kind: 'roster', day: 2, sequence: 2, rows });
  expect(puts).toBe(0);
  await hub.take({ kind: 'roster', day: 3, sequence: 3, rows: [...rows.slice(1), rosterRow({ policy_no: 'new' })] });
  expect(puts).toBe(4);
  expect((await hub.active()).map(({ policy_no }) => policy_no)).toContain('new');
  expect((await hub.active()).map(({ policy_no }) => policy_no)).not.toContain('P0');
});

test.each([
  ['a certificate number that cannot be one', { certno: '500299198801011230' }, 'policy/bad-certificate'],
  ['a policy that ends before it begins', { end_date: '2020-01-01' }, 'policy/bad-dates'],
  [
    'a consent that ends before it begins',
    { consent_no: 'C1', consent_begn: '2026-05-01', consent_end: '2026-04-30' },
    'policy/bad-dates',
  ],
])('%s is refused and changes nothing', async (_, data, code) => {
  const hub = openHub();
  expect(await hub.take(message('m1', 1, 'policy.upserted', { policy_no: 'P', ...data }))).toEqual({
    state: 'refused',
    code,
  });
  expect(hub.items.all(table)).toEqual([]);
});

test('a statement that claims to come from the future is refused, so that it cannot outrank all others', async () => {
  const hub = openHub();
  const early = { ...message('m1', 1, 'policy.upserted', { policy_no: 'P' }), receivedAt: first + dayMs - 301_000 };
  expect(await hub.take(early)).toMatchObject({ code: 'policy/from-the-future' });
  expect(await hub.take({ ...early, receivedAt: first + dayMs - 300_000 })).toMatchObject({ state: 'applied' });
});

const message = (id: string, at: number, type: PolicyMessage['type'], data: object): Message => ({
  kind: 'message',
  id,
  at: first + at * dayMs,
  insurer: 'A',
  message: messageOf(type, first + at * dayMs, data),
});

/** Up to three rosters and five messages about four policies of two insurers, one of which may know no rosters. */
function world() {
  const policy = fc.record({ insurer: fc.constantFrom(...insurers), policy_no: fc.constantFrom('P', 'Q') });
  const person = fc.constantFrom(1, 2);
  const consent = fc.constantFrom(undefined, 'C1', 'C2');
  const row = fc.record({ policy, person, consent, ended: fc.boolean() }).map(({ policy, person, consent, ended }) =>
    rosterRow({
      insurer_uscc: policy.insurer,
      policy_no: policy.policy_no,
      person_key: `C:${certificateOf(person)}`,
      consent_no: consent ?? null,
      policy_stas: ended ? '2' : '1',
    }),
  );
  const rows = fc.uniqueArray(row, { maxLength: 4, selector: (one) => `${one.insurer_uscc} ${one.policy_no}` });
  const rosters = fc.uniqueArray(fc.record({ day: fc.nat(9), rows }), { maxLength: 3, selector: ({ day }) => day });
  const said = fc.record({
    policy,
    person,
    consent,
    minutes: fc.nat(10 * 1440),
    type: fc.constantFrom('policy.upserted', 'policy.terminated', 'consent.revoked'),
    endsIn: fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }),
  });
  const messages = fc.uniqueArray(said, { maxLength: 5, selector: ({ minutes }) => minutes });
  return fc.record({ rosters, messages, both: fc.boolean() }).chain((made) => {
    const sorted = [...made.rosters].sort((a, b) => a.day - b.day);
    const files = sorted.map(
      ({ day, rows }, n): Event => ({ kind: 'roster', day, rows: fullOf(rows, made.both), sequence: n + 1 }),
    );
    const events = [...files, ...made.messages.map(eventOf)];
    // Intake hands rosters on by date; messages come whenever they come.
    const order = fc.shuffledSubarray(events, { minLength: events.length }).map((shuffled) => {
      let next = 0;
      return shuffled.map((event) => (event.kind === 'roster' ? files[next++]! : event));
    });
    return fc.record({ events: fc.constant(events), orders: fc.array(order, { minLength: 2, maxLength: 3 }) });
  });

  function eventOf(one: {
    policy: { insurer: string; policy_no: string };
    person: number;
    consent: string | undefined;
    minutes: number;
    type: string;
    endsIn: number | undefined;
  }): Event {
    const at = first + one.minutes * 60_000 + 30_000;
    const end_date = one.endsIn === undefined ? undefined : dateOf(Math.floor(one.minutes / 1440) + one.endsIn);
    const data = {
      policy_no: one.policy.policy_no,
      ...(one.type === 'policy.upserted' ? { certno: certificateOf(one.person) } : {}),
      ...(one.type !== 'policy.terminated' && one.consent !== undefined ? { consent_no: one.consent } : {}),
      ...(one.type === 'policy.terminated' && end_date !== undefined ? { end_date } : {}),
    };
    return {
      kind: 'message',
      id: `m${one.minutes}`,
      at,
      insurer: one.policy.insurer,
      message: messageOf(one.type as PolicyMessage['type'], at, data),
    };
  }
}

/** Every roster names the insurers that send rosters at all: one of them, or both. */
function fullOf(rows: readonly RosterRow[], both: boolean): RosterRow[] {
  const others = insurers.slice(0, both ? 2 : 1).map((insurer_uscc) => rosterRow({ insurer_uscc, policy_no: 'Z' }));
  return [...rows.filter(({ insurer_uscc }) => both || insurer_uscc === 'A'), ...others];
}

type Seen = Pick<Policy, 'insurer' | 'policy_no' | 'person_ref' | 'end_date'> & { consent?: string };

/** The plain reading: all statements in the order of their times, one policy at a time. */
function walk(events: readonly Event[]): Seen[] {
  const rosterDays = new Map<string, number>();
  const found: Seen[] = [];
  const keys = new Set<string>();
  for (const event of events) {
    if (event.kind === 'message') keys.add(`${event.insurer} ${event.message.data.policy_no}`);
    else for (const row of event.rows) keys.add(`${row.insurer_uscc} ${row.policy_no}`);
    if (event.kind === 'roster')
      for (const { insurer_uscc } of event.rows)
        rosterDays.set(insurer_uscc, Math.min(event.day, rosterDays.get(insurer_uscc) ?? 99));
  }
  const timeOf = (event: Event) => (event.kind === 'roster' ? first + event.day * dayMs : event.at);
  for (const key of [...keys].sort()) {
    const [insurer, policy_no] = key.split(' ') as [string, string];
    const revoked = new Set<string>();
    let terms: { person: string; consent: string | null | undefined; end: string; open: boolean } | undefined;
    let gone = false;
    let shortened: string | undefined;
    for (const event of [...events].sort((a, b) => timeOf(a) - timeOf(b))) {
      if (event.kind === 'roster') {
        const row = event.rows.find((one) => one.insurer_uscc === insurer && one.policy_no === policy_no);
        if (row !== undefined) {
          terms = {
            person: row.person_key,
            consent: row.consent_no,
            end: row.end_date,
            open: row.policy_stas === '1',
          };
          gone = false;
          shortened = undefined;
        } else if ((rosterDays.get(insurer) ?? 99) <= event.day) gone = true;
      } else if (event.insurer === insurer && event.message.data.policy_no === policy_no) {
        const { type, data } = event.message;
        if (type === 'policy.upserted') {
          terms = { person: `C:${data.certno}`, consent: data.consent_no, end: data.end_date, open: true };
          gone = false;
          shortened = undefined;
        } else if (type === 'consent.revoked') revoked.add(data.consent_no);
        else shortened = data.end_date !== undefined && data.end_date > dayOf(event.at) ? data.end_date : '';
      }
    }
    if (terms === undefined || !terms.open || gone || shortened === '') continue;
    found.push({
      insurer,
      policy_no,
      person_ref: terms.person,
      end_date: shortened !== undefined && shortened < terms.end ? shortened : terms.end,
      ...(terms.consent && !revoked.has(terms.consent) ? { consent: terms.consent } : {}),
    });
  }
  return found.map(({ person_ref, ...one }) => ({ ...one, person_ref: refs.get(person_ref)! }));
}

const refs = new Map([1, 2].map((n) => [`C:${certificateOf(n)}`, personRef(secret, `C:${certificateOf(n)}`)]));

/** Not by schemas/time.ts: what is held against the hub works it out by itself. */
const dayOf = (at: number): string => new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);

type Hub = {
  items: MemoryItems;
  held: string[];
  crashes: boolean;
  take(event: Event & { receivedAt?: number }): Promise<unknown>;
  /** The schedule fires again: a load that met another one goes on. */
  load(): Promise<void>;
  /** Policies that cover somebody, as settlements read them. */
  active(): Promise<Seen[]>;
};

function openHub(weather: Weather = fairWeather): Hub {
  const items = memoryItems(weather);
  const rosters: Roster[] = [];
  const dependencies: LoadRosterDependencies = {
    items,
    table,
    secret: async () => secret,
    now: () => new Date(first),
    newest: async () => newestOf(rosters.map(accepted)),
    withChanges: async (of, work) => work(changesBetween(rosters.map(accepted), of)),
    pause: async () => undefined,
  };
  const hub: Hub = {
    items,
    held: [],
    crashes: false,
    async take(event) {
      if (event.kind === 'roster') {
        if (!rosters.includes(event)) rosters.push(event);
        return loadRoster(dependencies, { policiesPerSecond: 1e9, seconds: 60 });
      }
      const { insurer, id, message, at, receivedAt = at } = event;
      const holdToConsent = async ({ setl_id, share }: { setl_id: string; share: string }) => {
        if (hub.crashes) throw new Error('crash');
        hub.held.push(`${setl_id} ${share} ${id}`);
      };
      const from = { insurer, id, message, receivedAt: new Date(receivedAt) };
      return takePolicyMessage({ ...dependencies, holdToConsent }, from);
    },
    async load() {
      for (let firing = 0; firing < 3; firing += 1)
        await loadRoster(dependencies, { policiesPerSecond: 1e9, seconds: 60 });
    },
    async active() {
      const persons = [...refs.values()];
      const policies = (await Promise.all(persons.map((ref) => policyStore(items, table).ofPerson(ref)))).flatMap(
        (one) => one.policies,
      );
      return policies
        .filter(({ policy_stas }) => policy_stas === '1')
        .map(({ insurer, policy_no, person_ref, end_date, consent }) => ({
          insurer,
          policy_no,
          person_ref,
          end_date,
          ...(consent === undefined ? {} : { consent: consent.consent_no }),
        }))
        .sort((a, b) => (`${a.insurer} ${a.policy_no}` < `${b.insurer} ${b.policy_no}` ? -1 : 1));
    },
  };
  return hub;
}

/** As intake hands it on. */
const accepted = ({ day, sequence, rows }: Roster) => ({
  snapshotId: `r${sequence}`,
  dataAsOf: dateOf(day),
  sequence,
  rows,
});
