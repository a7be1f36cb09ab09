import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Cremation, cremationFile, cremations, settingsWith, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
beforeEach(() => world.clear());
afterAll(() => world.close());

type Delivered = { key: string; rows: readonly Cremation[] };
const full = (sequence: number, rows: readonly Cremation[], day = sequence): Delivered => ({
  key: `cremation/202206${String(day).padStart(2, '0')}-full-${sequence}.csv`,
  rows,
});
const delta = (sequence: number, rows: readonly Cremation[], day = sequence): Delivered => ({
  key: `cremation/202206${String(day).padStart(2, '0')}-delta-${sequence}.csv`,
  // A row that always changes nothing makes even an empty delta one with operations.
  rows: rows.length > 0 ? rows : [{ crem_no: 'CR0', oper: 'D' }],
});
const insert = (n: number, fnrl_home?: string): Cremation => ({ crem_no: `CR${n}`, person: n, fnrl_home, oper: 'I' });
const update = (n: number, fnrl_home: string): Cremation => ({ ...insert(n, fnrl_home), oper: 'U' });
const withdraw = (n: number): Cremation => ({ ...insert(n), oper: 'D' });

async function deliver(...deliveries: Delivered[]): Promise<void> {
  for (const { key, rows } of deliveries) world.push(key, cremationFile(rows));
  await world.drain();
}
const states = () => Object.fromEntries(world.acks().map(({ sequence, state }) => [sequence, state]));
const codesOf = (sequence: number) => {
  const { codes } = world.acks().find((ack) => ack.sequence === sequence)!;
  return Object.fromEntries(codes.map(({ code, rows }) => [code, rows]));
};

/** crem_no → home@seq:row of the newest content. */
async function content(): Promise<Record<string, string>> {
  const rows = await world.rows(world.newest('cremation')!);
  const cells = rows.map((row) => [String(row.crem_no), `${row.fnrl_home}@${row.seq ?? ''}:${row.row_no}`]);
  return Object.fromEntries(cells.sort());
}

test('rows of a delta are inserted, updated and withdrawn by row key, and quote the delta they came with', async () => {
  await deliver(full(1, cremations(3)), delta(2, [update(1, '二馆'), withdraw(2), insert(4)]));
  expect(await content()).toEqual({
    CR1: '二馆@2:2',
    CR3: '示范县殡仪馆@:4',
    CR4: '示范县殡仪馆@2:4',
  });
  expect(world.newest('cremation')).toMatchObject({ sequence: 2, fullSequence: 1, rows: 3, mode: 'delta' });
  expect(codesOf(2)).toEqual({});
});

test('an insert of what exists and an update of what does not are made with a warning, a withdrawal of nothing is one', async () => {
  await deliver(full(1, cremations(2)), delta(2, [insert(1, '二馆'), update(5, '三馆'), withdraw(6)]));
  expect(Object.keys(await content())).toEqual(['CR1', 'CR2', 'CR5']);
  expect(codesOf(2)).toEqual({ 'insert-of-existing': 1, 'update-of-absent': 1, 'delete-of-absent': 1 });
  expect(world.acks()[1]!.counts).toMatchObject({ read: 3, accepted: 3, warned: 3 });
  const errors = [...world.objects.entries()].find(([key]) => key.includes('delta-2') && key.endsWith('.csv'))!;
  expect(errors).toBeDefined();
});

test('operations on one key follow each other in the order of the file', async () => {
  await deliver(
    full(1, cremations(1)),
    delta(2, [insert(2), withdraw(2), insert(2, '二馆'), withdraw(1), update(1, '三馆')]),
  );
  expect(await content()).toEqual({ CR1: '三馆@2:6', CR2: '二馆@2:4' });
  expect(codesOf(2)).toEqual({ 'update-of-absent': 1 });
});

test('a rejected update leaves the old row', async () => {
  world.settings = settingsWith({ intake: { maxRejectedShare: 1 } });
  await deliver(full(1, cremations(2)), delta(2, [{ ...update(1, '二馆'), crem_date: '昨天' }, update(2, '二馆')]));
  world.settings = settingsWith({});
  expect(await content()).toEqual({ CR1: '示范县殡仪馆@:2', CR2: '二馆@2:3' });
});

test('operations are understood as Chinese texts, and a withdrawal needs its person and key only', async () => {
  await deliver(full(1, cremations(2)));
  world.push(
    'cremation/20220602-delta-2.csv',
    '操作,证件号码,姓名,火化日期,火化证编号\n删除,500299198801010012,,,CR1\n修改,500299198801010020,吕泽军,2022-03-13,CR2\n',
  );
  await world.drain();
  expect(Object.keys(await content())).toEqual(['CR2']);
});

test('a delta without the column of operations is refused', async () => {
  world.push('cremation/20220602-delta-2.csv', cremationFile(cremations(2)));
  await world.drain();
  expect(world.acks()[0]!.refusal!.code).toBe('missing-column');
});

test('rows that share a key are replaced and withdrawn together', async () => {
  const twins = [insert(1, '一馆'), insert(1, '二馆'), insert(2)].map((row) => ({ ...row, oper: undefined }));
  await deliver(full(1, twins));
  expect(world.newest('cremation')!.rows).toBe(3);
  await deliver(delta(2, [update(1, '三馆')]));
  expect(await content()).toEqual({ CR1: '三馆@2:2', CR2: '示范县殡仪馆@:4' });
});

test('a delta after a gap waits, says what is missing, and is taken when the gap is closed', async () => {
  await deliver(full(1, cremations(2)), delta(5, [insert(5)]), delta(4, [insert(4)]));
  expect(states()).toEqual({ 1: 'accepted', 4: 'waiting', 5: 'waiting' });
  expect(world.acks()[1]).toMatchObject({ sequence: 4, gaps: ['2-3'], notices: [{ code: 'gap-before-delta' }] });
  await deliver(delta(2, [withdraw(1)]), delta(3, [insert(3)]));
  expect(states()).toEqual({ 1: 'accepted', 2: 'accepted', 3: 'accepted', 4: 'accepted', 5: 'accepted' });
  expect(Object.keys(await content())).toEqual(['CR2', 'CR3', 'CR4', 'CR5']);
});

test('a waiting delta is taken from its copy, whatever became of the original', async () => {
  await deliver(full(1, cremations(2)), delta(3, [insert(3)]));
  world.objects.delete('landing/cremation/20220603-delta-3.csv');
  await deliver(delta(2, [insert(4)]));
  expect(Object.keys(await content())).toEqual(['CR1', 'CR2', 'CR3', 'CR4']);
});

test('a full delivery closes the gap before it, and what waited there is no longer needed', async () => {
  await deliver(full(1, cremations(2)), delta(3, [insert(3)]), delta(5, [insert(5)]), full(4, cremations(3)));
  expect(states()).toEqual({ 1: 'accepted', 3: 'superseded', 4: 'accepted', 5: 'accepted' });
  expect(Object.keys(await content())).toEqual(['CR1', 'CR2', 'CR3', 'CR5']);
  await deliver(delta(2, [insert(9)]));
  expect(states()[2]).toBe('superseded');
});

test('a delta waits for the first full delivery: changes of an unknown list are no list', async () => {
  await deliver(delta(2, [insert(5)]));
  expect(world.acks()[0]).toMatchObject({ state: 'waiting', notices: [{ code: 'no-full-delivery-yet' }] });
  expect(world.snapshots).toHaveLength(0);
  await deliver(full(1, cremations(1)));
  expect(Object.keys(await content())).toEqual(['CR1', 'CR5']);
});

test('a delta with a data-as-of before all content is refused', async () => {
  await deliver(full(1, cremations(2), 20), delta(2, [insert(5)], 10));
  expect(world.acks().find(({ sequence }) => sequence === 2)!.refusal!.code).toBe('not-newer');
});

test('a delta that is overtaken while it is decided is decided anew, its remarks are made once', async () => {
  await deliver(full(1, cremations(2)));
  const intake = world.intake();
  let attempts = 0;
  const settle: typeof intake.deliveries.settle = async (outcome) => {
    if (attempts++ === 0) world.heads.set('cremation', { version: 2, applied: 1 });
    return intake.deliveries.settle(outcome);
  };
  world.push(delta(2, []).key, cremationFile([insert(1), update(9, '二馆')]));
  await world.drain({ ...intake, deliveries: { ...intake.deliveries, settle } });
  expect(attempts).toBe(2);
  expect(Object.keys(await content())).toEqual(['CR1', 'CR2', 'CR9']);
  expect(world.acks()[1]!.counts).toMatchObject({ accepted: 2, warned: 2 });
  expect(codesOf(2)).toEqual({ 'insert-of-existing': 1, 'update-of-absent': 1 });
});

test('a delta may leave nothing', async () => {
  await deliver(full(1, cremations(1)), delta(2, [withdraw(1)]));
  expect(world.newest('cremation')).toMatchObject({ rows: 0, sequence: 2 });
  expect(await content()).toEqual({});
});

test('whatever the order of arrival and however often, the content is that of the sequence', async () => {
  world.settings = settingsWith({ intake: { hold: { fewerThan: 0, moreThan: 1000, changedShare: 1 } } });
  const home = fc.constantFrom('一馆', '二馆', '三馆');
  const operation = fc.record({ n: fc.integer({ min: 1, max: 6 }), home, oper: fc.constantFrom('I', 'U', 'D') });
  const delivery = fc.record({
    isFull: fc.boolean(),
    laterBy: fc.integer({ min: 0, max: 1 }),
    operations: fc.array(operation, { minLength: 1, maxLength: 5 }),
  });
  const scenario = fc
    .array(delivery, { minLength: 2, maxLength: 5 })
    .chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all.keys(), ...all.keys()], { minLength: all.length * 2 })),
    );
  await fc.assert(
    fc.asyncProperty(scenario, async ([all, arrivals]) => {
      world.clear();
      const sent = all.map(({ isFull, operations }, i) => {
        const day = 1 + all.slice(0, i + 1).reduce((days, { laterBy }) => days + laterBy, 0);
        const rows = operations.map((o) => ({ crem_no: `CR${o.n}`, person: o.n, fnrl_home: o.home, oper: o.oper }));
        return isFull || i === 0 ? full(i + 1, onceEach(rows), day) : delta(i + 1, rows, day);
      });
      for (const at of arrivals) await deliver(sent[at]!);
      expect(await content()).toEqual(modelOf(sent));
      expect(world.acks().filter(({ state }) => state !== 'accepted' && state !== 'superseded')).toEqual([]);
    }),
    { numRuns: 8 },
  );
  world.settings = settingsWith({});
});

/** Rows of a full delivery: one per key, no operations. */
const onceEach = (rows: readonly Cremation[]): Cremation[] => [
  ...new Map(rows.map((row) => [row.crem_no, { ...row, oper: undefined }])).values(),
];

/** What the content must be, in plain words: the last row of a key decides, a full delivery begins anew. */
function modelOf(sent: readonly Delivered[]): Record<string, string> {
  const model = new Map<string, string>();
  for (const [i, { key, rows }] of sent.entries()) {
    const isFull = key.includes('-full-');
    if (isFull) model.clear();
    const before = new Map<string, string>();
    for (const [at, row] of rows.entries()) {
      const repeats = before.get(row.crem_no) === JSON.stringify(row);
      before.set(row.crem_no, JSON.stringify(row));
      if (row.oper === 'D') model.delete(row.crem_no);
      else if (!repeats) model.set(row.crem_no, `${row.fnrl_home}@${isFull ? '' : i + 1}:${at + 2}`);
    }
  }
  return Object.fromEntries([...model].sort());
}

test('a withdrawal of a ticket, a settlement or a cremation needs its number and nothing else', async () => {
  await deliver(
    full(
      1,
      [insert(1), insert(2), insert(3)].map((row) => ({ ...row, oper: undefined })),
    ),
  );
  const header = '证件号码,姓名,火化日期,火化证编号,殡仪馆,操作';
  const lines = [header, ',,,CR1,,D', `${',,,CR2,,'}I`, cremationFile([update(3, '二馆')]).split('\n')[1]];
  // One rejected row of three is more than a tenth.
  world.settings = settingsWith({ intake: { maxRejectedShare: 0.5 } });
  world.push(delta(2, []).key, `${lines.join('\n')}\n`);
  await world.drain();
  expect(Object.keys(await content())).toEqual(['CR2', 'CR3']);
  expect(codesOf(2)).toMatchObject({ missing: 1 });
});
