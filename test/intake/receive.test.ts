import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { giveUp, receive } from '../../functions/intake/receive.ts';
import { type Cremation, cremationFile, cremations, settingsWith, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
beforeEach(() => world.clear());
afterAll(() => world.close());

const first = 'cremation/20220630-full-1.csv';

async function deliver(key: string, rows: readonly Cremation[]): Promise<void> {
  world.push(key, cremationFile(rows));
  await world.drain();
}
const states = () => world.acks().map(({ state, refusal }) => refusal?.code ?? state);
const content = async () => (await world.rows(world.newest('cremation')!)).map(({ crem_no }) => crem_no).sort();
const errorFile = () => {
  const key = [...world.objects.keys()].find((name) => name.endsWith('.errors.csv'))!;
  return world.objects.get(key)!.toString('utf8');
};

test('a file that arrives becomes a snapshot and an acknowledgement', async () => {
  await deliver(first, cremations(3));
  const [ack] = world.acks();
  expect(ack).toMatchObject({
    state: 'accepted',
    mode: 'full',
    dataAsOf: '2022-06-30',
    sequence: 1,
    counts: { received: 3, read: 3, accepted: 3, rejected: 0 },
    format: { format: 'delimited', encoding: 'utf-8', headerRow: 1 },
    notices: [{ code: 'data-as-of-not-declared' }],
  });
  const snapshot = world.newest('cremation')!;
  expect(ack!.snapshotId).toBe(snapshot.snapshotId);
  expect(snapshot).toMatchObject({ dataAsOf: '2022-06-30', declared: false, rows: 3, sequence: 1 });
  const rows = await world.rows(snapshot);
  expect(rows.map(({ row_no, seq }) => [row_no, seq]).sort()).toEqual([2, 3, 4].map((row) => [row, null]));
  expect(world.objects.has(`landing/${first}`)).toBe(true);
});

test('a date that nobody declared is said to be the file name’s, or that of who pushed the file', async () => {
  await deliver(first, cremations(3));
  world.announced.push({ objectKey: 'cremation/20220701-full-2.csv', by: 'operator/li' });
  await deliver('cremation/20220701-full-2.csv', cremations(3));
  const said = world.acks().map(({ notices }) => notices.map(({ code, zh }) => [code, zh]));
  expect(said).toEqual([
    [['data-as-of-not-declared', expect.stringContaining('文件名')]],
    [['data-as-of-given-with-push', expect.stringContaining('2022-07-01 由报送人')]],
  ]);
});

test('a snapshot says how long each step of its intake took', async () => {
  let ticks = 0;
  const ticking = { ...world.intake(), seconds: () => ticks++ };
  for (const day of [1, 2]) {
    world.push(`cremation/2022060${day}-full-${day}.csv`, cremationFile(cremations(3)));
    await world.drain(ticking);
  }
  const alone = { download: 1, read: 1, clean: 1, write: 1, store: 1 };
  expect(world.snapshots.map(({ timings }) => timings)).toEqual([alone, { ...alone, compare: 2 }]);
});

test('the same notification twice gives one snapshot and the same acknowledgement', async () => {
  const message = world.push(first, cremationFile(cremations(3)));
  await world.drain();
  const before = new Map(world.objects);
  world.now = new Date('2022-07-02T00:00:00Z');
  world.queue.push(message);
  await world.drain();
  expect(world.objects).toEqual(before);
  expect(world.snapshots).toHaveLength(1);
});

test('the same file sent again gets the first answer, another one under its sequence is refused', async () => {
  await deliver(first, cremations(3));
  await deliver(first, cremations(3));
  expect(states()).toEqual(['accepted']);
  await deliver('cremation/20220701-full-1.csv', cremations(4));
  expect(states().sort()).toEqual(['accepted', 'sequence-taken']);
  expect(await content()).toHaveLength(3);
});

test('of two files under one name that neither was read yet, the later counts, and who sent the other hears that', async () => {
  world.push(first, cremationFile(cremations(2)));
  world.push(first, cremationFile(cremations(3)));
  await world.drain();
  expect(states().sort()).toEqual(['accepted', 'overwritten']);
  expect(await content()).toHaveLength(3);
  const ack = world.acks().find(({ state }) => state === 'refused')!;
  expect([ack.file, ack.refusal?.zh, ack.refusal?.en]).toEqual([
    first,
    expect.stringContaining('新的序号'),
    expect.stringContaining('new sequence'),
  ]);
  await deliver('cremation/20220630-full-2.csv', cremations(2));
  expect(states().sort()).toEqual(['accepted', 'accepted', 'overwritten']);
});

test('a file that was taken keeps its acknowledgement, though another takes its place and its notification comes again', async () => {
  const message = world.push(first, cremationFile(cremations(2)));
  await world.drain();
  const before = world.acks();
  world.push(first, cremationFile(cremations(3)));
  await world.drain();
  expect(states().sort()).toEqual(['accepted', 'sequence-taken']);
  world.queue.push(message);
  await world.drain();
  expect(states().sort()).toEqual(['accepted', 'sequence-taken']);
  expect(world.acks()).toEqual(expect.arrayContaining(before));
});

test('a delta that waits is not refused because another file takes its place', async () => {
  const delta = (crem_no: string) => cremationFile([{ crem_no, person: 9, oper: 'I' }]);
  const message = world.push('cremation/20220701-delta-3.csv', delta('CR8'));
  await world.drain();
  world.push('cremation/20220701-delta-3.csv', delta('CR9'));
  world.queue.push(message);
  await world.drain();
  expect(states().sort()).toEqual(['sequence-taken', 'waiting']);
});

test('a file whose reading was cut off, and that was overwritten then, is refused under the id it had', async () => {
  const message = world.push(first, cremationFile(cremations(2)));
  const whole = world.intake();
  const cut = { ...whole, deliveries: { ...whole.deliveries, settle: () => Promise.reject(new Error('cut')) } };
  await expect(world.drain(cut)).rejects.toThrow('cut');
  const [begun] = world.deliveries.keys();
  world.push(first, cremationFile(cremations(3)));
  world.queue.push(message);
  await world.drain();
  expect(world.deliveries.get(begun!)?.state).toBe('refused');
  expect(world.ack(begun!).refusal?.code).toBe('overwritten');
  expect(states().sort()).toEqual(['accepted', 'overwritten']);
});

test('a refused file takes no sequence, and is looked at again when it is uploaded again', async () => {
  await deliver(
    first,
    cremations(2).map((row) => ({ ...row, crem_date: '昨天' })),
  );
  expect(states()).toEqual(['too-many-rejects']);
  world.settings = settingsWith({ intake: { maxRejectedShare: 1 } });
  await deliver(
    first,
    cremations(2).map((row) => ({ ...row, crem_date: '昨天' })),
  );
  world.settings = settingsWith({});
  expect(states()).toEqual(['accepted']);
});

test.each([
  ['population2/20220630-full-1.csv', 'unknown-feed'],
  ['cremation/20220631-full-1.csv', 'bad-object-key'],
  ['cremation/名单.csv', 'bad-object-key'],
  ['readme.txt', 'bad-object-key'],
])('the key %s is refused as %s', async (key, code) => {
  await deliver(key, cremations(1));
  await deliver(key, cremations(1));
  expect(states()).toEqual([code]);
  expect(world.acks()[0]!.refusal!.zh).not.toContain('?');
});

test('a file beyond the limit is refused before it is fetched', async () => {
  world.settings = settingsWith({ intake: { limits: { maxCompressedBytes: 10 } } });
  await deliver(first, cremations(1));
  world.settings = settingsWith({});
  expect(states()).toEqual(['too-large']);
});

test('what cannot be read is refused with a sentence in both languages', async () => {
  world.push(first, '%PDF-1.7 …');
  await world.drain();
  const [ack] = world.acks();
  expect(ack).toMatchObject({ state: 'refused', refusal: { code: 'unreadable-file' }, counts: null });
  expect(ack!.refusal!.zh).toContain('内容是 PDF 文件。');
  expect(ack!.refusal!.en).toContain('it is a PDF.');
  expect(ack!.refusal!.en).not.toMatch(/\p{Script=Han}/u);
  expect(world.snapshots).toHaveLength(0);
});

test('a file without a required column is told which, and what its header has instead', async () => {
  world.push(first, '证件号码,姓名,火化日,编号110105194912310028\n1,2,3,4\n');
  await world.drain();
  const { zh, en } = world.acks()[0]!.refusal!;
  for (const sentence of [zh, en]) {
    expect(sentence).toContain('火化日期 (crem_date)');
    expect(sentence).toContain('证件号码、姓名、火化日、编号…');
    expect(sentence).not.toContain('1101');
  }
});

test('an empty list never replaces the content', async () => {
  await deliver(first, cremations(2));
  await deliver('cremation/20220701-full-2.csv', []);
  world.push('cremation/20220702-full-3.csv', '');
  await world.drain();
  expect(states()).toEqual(['accepted', 'empty-full', 'empty-full']);
  expect(await content()).toHaveLength(2);
});

test('the notification test message of S3 is ignored', async () => {
  await receive(world.intake(), { Event: 's3:TestEvent' }, () => world.now);
  expect(world.objects.size).toBe(0);
});

test('the error file has a line per remarked row, by its Excel row, with masked values and no name or number', async () => {
  const rows = cremations(20);
  rows[4] = { ...rows[4]!, crem_date: '2022-13-01' };
  const file = cremationFile(rows).replace('5002991988010100', '5002991988010199');
  world.push(first, file);
  await world.drain();
  const text = errorFile();
  expect(text.codePointAt(0)).toBe(0xfeff);
  const [header, ...lines] = text.slice(1).trim().split('\n');
  expect(header).toBe('row,codes,column,value,message');
  expect(lines[0]).toMatch(/^2,bad-check-digit,证件号码,5\*+\w,证件号码：/);
  expect(lines[1]).toMatch(/^6,bad-date,火化日期,2022-13-01,火化日期：/);
  expect(text).not.toMatch(/\d{15}|吕泽军/);
  expect(world.acks()[0]!.codes).toEqual([
    expect.objectContaining({ code: 'bad-check-digit', rows: 1, severity: 'reject' }),
    expect.objectContaining({ code: 'bad-date', rows: 1, severity: 'reject' }),
  ]);
});

test('a delivery with an older data-as-of becomes the content of its own date and never replaces newer content', async () => {
  await deliver(first, cremations(3));
  await deliver('cremation/20220531-full-2.csv', cremations(2));
  expect(await content()).toHaveLength(3);
  expect(world.newest('cremation', '2022-06-01')).toMatchObject({ sequence: 2, rows: 2 });
  expect(world.acks()[0]).toMatchObject({ dataAsOf: '2022-05-31', state: 'accepted' });
  expect(world.acks()[0]!.notices.map(({ code }) => code)).toContain('newer-content-exists');
  await deliver('cremation/20220701-delta-3.csv', [{ crem_no: 'CR9', person: 9, oper: 'I' }]);
  expect(await content()).toEqual(['CR1', 'CR2', 'CR3', 'CR9']);
});

test.each([
  ['fewer than half the rows', cremations(4), 'held-few-rows'],
  ['more than twice the rows', cremations(21), 'held-many-rows'],
  ['a fifth of the rows changed', [...cremations(7), ...changed(8, 3)], 'held-many-changes'],
  ['a fifth of the rows replaced', [...cremations(7), ...cremations(3, 100)], 'held-many-changes'],
])('a full delivery with %s is held and changes nothing', async (_, rows, reason) => {
  await deliver(first, cremations(10));
  await deliver('cremation/20220701-full-2.csv', rows);
  const held = world.acks()[1]!;
  expect(held).toMatchObject({ state: 'held', notices: [{ code: reason }], snapshotId: null });
  expect(world.newest('cremation')).toMatchObject({ sequence: 1 });
});

function changed(from: number, count: number): Cremation[] {
  return cremations(count, from).map((row) => ({ ...row, fnrl_home: '二馆' }));
}

test('a list that grows or shrinks a little, or keeps four fifths of its rows, is not held', async () => {
  await deliver(first, cremations(10));
  await deliver('cremation/20220701-full-2.csv', cremations(6));
  await deliver('cremation/20220702-full-3.csv', cremations(11));
  await deliver('cremation/20220703-full-4.csv', [...cremations(9), ...changed(10, 2)]);
  expect(states()).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
  expect(world.acks()[3]!.change).toMatchObject({ rowsBefore: 11, rowsAfter: 11, added: 0, removed: 0, changed: 2 });
});

test('a manifest is checked in all it says, and its date is the declared one', async () => {
  const file = cremationFile(cremations(2));
  const manifest = { feed: 'cremation', dataAsOf: '2022-06-30', mode: 'full', sequence: 1, rowCount: 2 };
  world.push(`${first}.manifest.json`, JSON.stringify(manifest));
  world.push(first, file);
  await world.drain();
  expect(world.acks()).toHaveLength(1);
  expect(world.acks()[0]).toMatchObject({ state: 'accepted', manifest: 'checked', notices: [] });
  expect(world.newest('cremation')!.declared).toBe(true);
});

test('a file refused for its manifest is accepted when it is sent again with a right one', async () => {
  world.push(`${first}.manifest.json`, '{"rowCount":3}');
  world.push(first, cremationFile(cremations(2)));
  await world.drain();
  expect(states()).toEqual(['count-differs']);
  world.push(`${first}.manifest.json`, '{"rowCount":2}');
  world.push(first, cremationFile(cremations(2)));
  await world.drain();
  expect(states()).toEqual(['accepted']);
});

test('a manifest that comes after its file was taken is refused and changes nothing', async () => {
  await deliver(first, cremations(2));
  const late = world.push(`${first}.manifest.json`, '{"rowCount":3}');
  world.queue.push(late);
  await world.drain();
  expect(states().sort()).toEqual(['accepted', 'manifest-late']);
  world.push(first, cremationFile(cremations(2)));
  await world.drain();
  expect(states().sort()).toEqual(['accepted', 'manifest-late']);
});

test('a file that could not be taken however often it was tried is refused, and looked at again when sent again', async () => {
  const message = world.push(first, cremationFile(cremations(3)));
  world.queue.length = 0;
  await giveUp(world.intake(), message, () => world.now);
  await giveUp(world.intake(), message, () => world.now);
  expect(states()).toEqual(['gave-up']);
  expect(world.snapshots).toEqual([]);
  await deliver(first, cremations(3));
  expect(world.snapshots).toHaveLength(1);
});
