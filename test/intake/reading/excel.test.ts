import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeXlsx } from 'hucre';
import { describe, expect, test } from 'vitest';
import { cellText } from '../../../functions/intake/reading/excel.ts';
import { lines, useReading } from './reading.ts';
import { workbook, zipFile } from './zip-file.ts';

const { read } = useReading();
const fixtures = join(import.meta.dirname, '../../fixtures/files');
const sheet = (rows: (string | number | boolean | Date | null)[][], name = 'S') => ({ name, rows });
const header = ['证件号码', '姓名', '认定日期', '实缴金额', '退费标志'];

describe('xlsx', () => {
  test('is read by the row numbers of the sheet: title, blank rows and gaps counted', async () => {
    const rows = [['某县名单'], [], header, ['1', '张三', null, 280, true], [], [], ['2', '李四', null, null, null]];
    const content = await writeXlsx({ sheets: [sheet(rows)] });
    for (const file of [content, gzipSync(content), zipFile([{ name: '名单.xlsx', content }])]) {
      const reading = await read(file, { name: 'aid.csv' });
      expect(lines(reading)).toEqual(['4: 1 张三 ∅ 280 1', '7: 2 李四 ∅ ∅ ∅']);
      expect(reading.result).toMatchObject({ format: 'xlsx', headerRow: 3, blankRows: 2, excelSerials: true });
    }
  });

  test('texts come from the shared part in any order, rich, phonetic, escaped or inline', async () => {
    const shared = [
      '李四',
      '<r><rPr><b/></rPr><t>王</t></r><r><t xml:space="preserve">五 </t></r><rPh sb="0" eb="1"><t>wang</t></rPh>',
      '姓名',
      'a&amp;b&lt;_x000A_c',
      '身份证号',
    ];
    const cells = (row: number, a: string, b: string) =>
      `<row r="${row}"><c r="A${row}" ${a}</c><c r="B${row}" ${b}</c></row>`;
    const reading = await read(
      workbook(
        [
          cells(1, 't="s"><v>4</v>', 't="s"><v>2</v>') +
            cells(3, 't="inlineStr"><is><t>990101199001011237</t></is>', 't="s"><v>1</v>') +
            cells(12, 't="str"><f>B1</f><v>x</v>', 't="s"><v>3</v>') +
            // Far beyond the first row, a gap of a million rows.
            cells(1_048_576, '><v>2</v>', 't="s"><v>0</v>'),
        ],
        shared,
      ),
    );
    expect(lines(reading)).toEqual(['3: 990101199001011237 王五 ', '12: x a&b<\nc', '1048576: 2 李四']);
  });

  test('date cells are ISO text, serial numbers without a format stay numbers', async () => {
    const row = (r: number, style: number, value: number) =>
      `<row r="${r}"><c r="A${r}"><v>${r}</v></c><c r="B${r}" t="str"><v>a</v></c><c r="C${r}" s="${style}"><v>${value}</v></c></row>`;
    const first = `<row r="1">${['A', 'B', 'C'].map((c, i) => `<c r="${c}1" t="str"><v>${header[i]}</v></c>`).join('')}</row>`;
    const reading = await read(
      workbook([first + row(2, 1, 44562) + row(3, 2, 44562.75) + row(4, 0, 44562) + row(5, 1, 1e15)]),
    );
    expect(lines(reading)).toEqual(['2: 2 a 2022-01-01', '3: 3 a 2022-01-01 18:00:00', '4: 4 a 44562', '5: 5 a #NUM!']);
  });

  test('the first sheet with a header is read; empty sheets and instructions before it are passed over', async () => {
    const content = await writeXlsx({
      sheets: [
        sheet([], 'a'),
        sheet([['填报说明'], ['姓名', '必填']], 'b'),
        sheet([header, ['1', '张三']], 'c'),
        sheet([header, ['2', 'x']], 'd'),
      ],
    });
    expect(lines(await read(content))).toEqual(['2: 1 张三 ∅ ∅ ∅']);
  });

  test('remarks to the right of the table make no row malformed', async () => {
    const content = await writeXlsx({ sheets: [sheet([header, ['1', '张三', null, null, null, null, '备注']])] });
    expect(lines(await read(content))).toEqual(['2: 1 张三 ∅ ∅ ∅']);
  });

  test.each([
    ['an empty sheet', [sheet([])], 'unreadable-file'],
    [
      'rows of blanks only',
      [
        sheet([
          ['  ', null],
          [null, '　'],
        ]),
      ],
      'unreadable-file',
    ],
    [
      'no header',
      [
        sheet([
          ['a', 'b'],
          ['1', '2'],
        ]),
      ],
      'no-header',
    ],
    [
      'a header after ten title rows',
      [sheet([...Array.from({ length: 10 }, () => ['x']), header, ['1', '张三']])],
      'no-header',
    ],
    [
      'a missing required column',
      [
        sheet([
          ['证件号码', '认定日期'],
          ['1', null],
        ]),
      ],
      'missing-column',
    ],
    [
      'a column twice',
      [
        sheet([
          ['证件号码', '姓名', '身份证号'],
          ['1', 'a', '1'],
        ]),
      ],
      'duplicate-column',
    ],
  ])('%s is refused', async (_, sheets, code) => {
    expect((await read(await writeXlsx({ sheets }))).result).toMatchObject({ kind: 'refusal', code });
  });

  test('limits on rows and on the size of the workbook are refusals', async () => {
    const content = await writeXlsx({
      sheets: [sheet([header, ...Array.from({ length: 30 }, (_, i) => [`${i}`, 'a'])])],
    });
    expect((await read(content, { limits: { maxRows: 29 } })).result).toMatchObject({ code: 'too-large' });
    expect((await read(content, { limits: { maxWorkbookBytes: 1000 } })).result).toMatchObject({ code: 'too-large' });
    expect((await read(content, { limits: { maxRows: 30 } })).result).toMatchObject({ rows: 30 });
  });

  test('a workbook of more text than is allowed is refused, and read when the setting is raised', async () => {
    const row = (n: number, a: number, b: number) =>
      `<row r="${n}"><c r="A${n}" t="s"><v>${a}</v></c><c r="B${n}" t="s"><v>${b}</v></c></row>`;
    const content = workbook([row(1, 0, 1) + row(2, 2, 3)], ['身份证号', '姓名', '1'.repeat(400), '2'.repeat(400)]);
    const [less, more] = [{ maxWorkbookTextBytes: 800 }, { maxWorkbookTextBytes: 2000 }];
    expect((await read(content, { limits: less })).result).toMatchObject({
      code: 'too-large',
      details: { limit: 800 },
    });
    expect((await read(content, { limits: more })).result).toMatchObject({ rows: 1 });
  });
});

test('xls is read by the row numbers of the sheet, numbers and dates as in xlsx', async () => {
  const reading = await read(readFileSync(join(fixtures, 'two-sheets.xls')));
  expect(lines(reading)).toEqual([
    '3: 990101199001011237 张三 2022-01-01 280 1',
    '5: 9.90101E+17 李四 44563 280.5 0',
    '6: 990101900101123 王五·买买提 2022-01-01 18:00:00 -0.1 ∅',
  ]);
  expect(reading.result).toMatchObject({
    format: 'xls',
    headerRow: 2,
    rows: 3,
    blankRows: 1,
    ignored: ['备注'],
    excelSerials: true,
  });
});

test.each([
  [5, '5'],
  [280.5, '280.5'],
  [0.1 + 0.2, '0.3'],
  [1234.56 + 1e-13, '1234.56'],
  [500299126206, '500299126206'],
  [500236900101123, '500236900101123'],
  [Number('500236198801011234'), '5.00236E+17'],
  [-5e20, '-5E+20'],
  ['5.0', '5.0'],
  [new Date(Date.UTC(2022, 0, 1, 23, 59, 59, 999)), '2022-01-02'],
])('the cell %s is the text %s', (value, text) => {
  expect(cellText(value)).toBe(text);
});
