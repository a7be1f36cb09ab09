import { afterAll, beforeAll, expect, test } from 'vitest';
import { certnoOf, settingsWith, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

type Member = { person: number; begn?: string; end?: string };
const list = (...members: Member[]) =>
  `证件号码,姓名,身份类别,认定日期,停止日期\n${members
    .map(({ person, begn = '2020-05-01', end = '' }) => `${certnoOf(person)},王伟,低保对象,${begn},${end}\n`)
    .join('')}`;

async function content(): Promise<string[]> {
  const rows = await world.rows(world.newest('hardship')!);
  return rows.map((row) => `${row.certno} ${row.end_date ?? 'open'} ${row.seq ?? ''}:${row.row_no}`).sort();
}

test('a list that drops people who left keeps them in the content, ended on the date of the list they are not on', async () => {
  const hold = { fewerThan: 0, moreThan: 100, changedShare: 1 };
  world.settings = settingsWith({ feeds: { hardship: { keepsHistory: false } }, intake: { hold } });
  world.push('hardship/20220331-full-1.csv', list({ person: 1 }, { person: 2 }, { person: 3, end: '2022-01-31' }));
  world.push('hardship/20220430-full-2.csv', list({ person: 1 }));
  world.push('hardship/20220531-full-3.csv', list({ person: 1 }, { person: 2, begn: '2022-05-10' }, { person: 4 }));
  await world.drain();
  expect(await content()).toEqual(
    [
      `${certnoOf(1)} open :2`,
      `${certnoOf(2)} 2022-04-30 1:3`,
      `${certnoOf(2)} open :3`,
      `${certnoOf(3)} 2022-01-31 1:4`,
      `${certnoOf(4)} open :4`,
    ].sort(),
  );
  expect(world.newest('hardship')).toMatchObject({ rows: 5, keptRows: 2 });
});

test('people who left are not counted when the size of the list is compared', () => {
  expect(world.acks().map(({ change }) => change && [change.rowsBefore, change.rowsAfter, change.removed])).toEqual([
    null,
    [3, 1, 2],
    [1, 3, 0],
  ]);
});

test('a list that says itself who left is taken as it is', async () => {
  world.clear();
  world.settings = settingsWith({ intake: { hold: { fewerThan: 0 } } });
  world.push('hardship/20220331-full-1.csv', list({ person: 1 }, { person: 2 }));
  world.push('hardship/20220430-full-2.csv', list({ person: 1 }));
  await world.drain();
  expect(await content()).toEqual([`${certnoOf(1)} open :2`]);
});
