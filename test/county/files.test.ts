import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readXlsx } from 'hucre/xlsx';
import { expect, it } from 'vitest';
import { LineFile } from '../../infra/county/files/line-file.ts';
import { rareCharacters } from '../../infra/county/names.ts';
import { countyOf, plainRows, temporaryFolder } from './county-files.ts';

const gb18030 = new TextDecoder('gb18030', { fatal: true });

it('every character that names are made of survives GB 18030, those of four bytes too', async () => {
  const path = join(temporaryFolder(), 'names.txt');
  const names = [...rareCharacters, '劉', '陳', '□', '\uE863', '热依汗·艾合买提', '‧', '•', '∙', '・', '．', '¥', '￥'];
  const file = new LineFile({ path, encoding: 'gb18030' });
  for (const name of names) file.line(name);
  await file.close();
  expect(gb18030.decode(readFileSync(path)).trimEnd().split('\n')).toEqual(names);
  expect(readFileSync(path).length).toBeGreaterThan(names.join('').length * 2);
});

it('the messy form sends each feed as its office would', async () => {
  const { folder } = await countyOf({ people: 3_000, form: 'messy' });
  const bytes = (name: string) => readFileSync(join(folder, name));
  const population = gb18030.decode(bytes('population.csv'));
  expect(population).toMatch(/^证件类型,公民身份号码,姓名,.*\r\n01,\d{17}[\dX],[^,]+,[男女],\d{8},/);
  expect(population).toMatch(/\d{4}年\d+月\d+日/);
  const enrolment = gb18030.decode(gunzipSync(bytes('enrolment.txt.gz')));
  expect(enrolment).toMatch(/^证照类型\|身份证件号码\|人员姓名\|/);
  expect(bytes('premium-payment.csv').toString()).toMatch(/^\uFEFF示范县.*\r\n.*\r\n序号,证件类型,.*,备注\r\n1,/);
  expect(gb18030.decode(bytes('settlement.tsv'))).toMatch(/\t险种类型\t/);
  expect(bytes('rural-monitoring.txt').toString('utf16le')).toMatch(/^\uFEFF证件类型\t身份证号码\t/);
  expect(gb18030.decode(gunzipSync(bytes('death-police.csv.gz')))).toMatch(/注销类别,死亡日期/);
  expect(bytes('cremation.csv').toString()).toMatch(/^\uFEFF示范县殡仪馆火化登记表\n证件类型;/);
  const [policy] = bytes('policy-roster.jsonl').toString().split('\n');
  expect(JSON.parse(policy!)).toMatchObject({ 保单状态: expect.any(String), 保险期间起: expect.any(String) });
});

it('the workbook has a title row, its header and dates that are dates', async () => {
  const { folder, files } = await countyOf({ people: 3_000, form: 'messy' });
  const { sheets } = await readXlsx(readFileSync(join(folder, 'hardship.xlsx')));
  const [title, header, first] = sheets[0]!.rows;
  expect(title!.filter((cell) => cell !== null)).toEqual(['示范县困难群众名册']);
  expect(header).toEqual([
    '序号',
    '证件类型',
    '身份证号',
    '姓名',
    '性别',
    '出生日期',
    '身份类别',
    '认定日期',
    '停止日期',
    '家庭编号',
    '认定区划',
    '备注',
  ]);
  expect(first![5]).toBeInstanceOf(Date);
  expect(sheets[0]!.rows).toHaveLength(files.find(({ feed }) => feed === 'hardship')!.rows + 2);
});

it('the plain form is clean: no quotes, no blanks, every row as long as its header', async () => {
  const { folder, files } = await countyOf({ people: 3_000 });
  for (const { feed, path, rows } of files) {
    const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(rows);
    expect(
      lines.filter((line) => line.split(',').length !== header!.split(',').length || /["\r\t]/.test(line)),
    ).toEqual([]);
    expect(plainRows(folder, feed)[0]!.证件类型).toMatch(/^\d\d$/);
  }
});
