import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { lines, useReading } from './reading.ts';
import { zipFile } from './zip-file.ts';

const { db, read } = useReading();
const plain = '证件号码,姓名\n990101199001011237,张三\n990101199001011245,李四\n';
const expected = ['2: 990101199001011237 张三', '3: 990101199001011245 李四'];

const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
/** 证件号码,姓名 / 1,张三 / 2,𠀀 : the last name needs four bytes. */
const gb18030 = Buffer.from('d6a4bcfebac5c2eb2cd0d5c3fb0a312cd5c5c8fd0a322c953282360a', 'hex');

describe('wrapping', () => {
  test.each([
    ['a plain file', plain],
    ['a .gz', gzipSync(plain)],
    [
      'a .gz in two members, as some systems append',
      Buffer.concat([gzipSync(plain.slice(0, 30)), gzipSync(plain.slice(30))]),
    ],
    ['a .zip', zipFile([{ name: '名单.csv', content: plain }])],
    [
      'a .zip with what macOS and Windows add',
      zipFile([
        { name: '__MACOSX/._名单.csv', content: 'x' },
        { name: '名单/', content: '' },
        { name: '名单/名单.csv', content: plain },
        { name: '名单/Thumbs.db', content: 'x' },
      ]),
    ],
    ['a .csv.gz in a .zip', zipFile([{ name: '名单.csv.gz', content: gzipSync(plain) }])],
  ])('%s is read', async (_, content) => {
    expect(lines(await read(content))).toEqual(expected);
  });

  test.each(['aid.xlsx', 'aid.jsonl', 'aid.gz', 'aid'])('a CSV named %s is still a CSV', async (name) => {
    expect(lines(await read(plain, { name }))).toEqual(expected);
  });
});

describe('encoding', () => {
  test.each([
    ['UTF-8', plain, 'utf-8'],
    ['UTF-8 with BOM', `\ufeff${plain}`, 'utf-8'],
    ['UTF-16LE with BOM', utf16(plain), 'utf-16le'],
  ])('%s is read', async (_, content, encoding) => {
    const reading = await read(content);
    expect(lines(reading)).toEqual(expected);
    expect(reading.result).toMatchObject({ encoding });
  });

  test('GB 18030 with four-byte characters is read', async () => {
    const reading = await read(gb18030);
    expect(lines(reading)).toEqual(['2: 1 张三', '3: 2 𠀀']);
    expect(reading.result).toMatchObject({ encoding: 'gb18030' });
  });

  test('characters cut by the end of a chunk stay whole', async () => {
    // Records of 11 and 13 bytes over more than one chunk: every byte of a character comes to stand at an end.
    const others = async (name: string) =>
      db().all(`SELECT count(*) AS rows, count(*) FILTER (psn_name <> '${name}') AS wrong FROM raw`);
    await read(Buffer.from(`证件号码,姓名\n${'1,张𠀀\n'.repeat(200_000)}`));
    expect(await others('张𠀀')).toEqual([{ rows: 200_000, wrong: 0 }]);
    const record = Buffer.from('312cd5c595328236d6a4bcfe0a', 'hex');
    await read(Buffer.concat([gb18030.subarray(0, 14), ...Array.from({ length: 200_000 }, () => record)]));
    expect(await others('张𠀀证件')).toEqual([{ rows: 200_000, wrong: 0 }]);
  });

  test.each([
    ['bytes that are neither UTF-8 nor GB 18030', Buffer.concat([Buffer.from(plain), Buffer.from([0xff, 0x41, 0x0a])])],
    ['a UTF-8 mark before other bytes', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), gb18030])],
    ['UTF-16 without BOM', Buffer.from(plain, 'utf16le')],
    ['UTF-16BE', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(plain, 'utf16le').swap16()])],
    ['UTF-16 cut in the middle of a character', utf16(plain).subarray(0, -1)],
    ['GB 18030 cut in the middle of a character', gb18030.subarray(0, -2)],
  ])('%s is refused', async (_, content) => {
    expect((await read(content)).result).toMatchObject({ kind: 'refusal', code: 'unreadable-encoding' });
  });
});

describe('header', () => {
  test.each([',', '\t', '|', ';'])('the delimiter %j is found from the header line', async (delimiter) => {
    const reading = await read(plain.replaceAll(',', delimiter));
    expect(lines(reading)).toEqual(expected);
    expect(reading.result).toMatchObject({ delimiter, headerRow: 1, rows: 2, blankRows: 0 });
  });

  test.each([
    ['aliases', '公民身份号码,人员姓名'],
    ['field names', 'certno,PSN_NAME'],
    ['blanks around and inside', ' 证件 号码　,\u00a0姓 名\u200b'],
    ['quotes and a line break inside', '"证件\n号码","姓名"'],
    ['full-width letters and must-fill stars', '*ｃｅｒｔｎｏ,＊姓名'],
  ])('%s are known', async (_, header) => {
    const reading = await read(`${header}\n1,张三\n`);
    expect(lines(reading)).toEqual(['2: 1 张三']);
  });

  test('columns come in any order; others are ignored and named', async () => {
    const reading = await read(
      '序号,姓名,备注,实缴金额,身份证号,单位名称(全称)\n1,张三,x,280.00,990101199001011237,某厂\n',
    );
    expect(reading.result).toMatchObject({
      columns: [
        { header: '姓名', field: 'psn_name' },
        { header: '实缴金额', field: 'paid_amt' },
        { header: '身份证号', field: 'certno' },
        { header: '单位名称(全称)', field: 'emp_name' },
      ],
      ignored: ['序号', '备注'],
      absent: ['begn_date', 'refund_flag'],
    });
    expect(reading.rows).toEqual([
      { row_no: 2, defect: null, psn_name: '张三', paid_amt: '280.00', certno: '990101199001011237', emp_name: '某厂' },
    ]);
  });

  test('up to nine title lines may come before the header, also ones that name a column', async () => {
    const titles = ['关于"2022"年名单', '', '单位名称（全称）,某县民政局', '', 'a,b,c,d,e,f', '', '', '', '2022年6月'];
    const reading = await read(`${titles.join('\n')}\n${plain}`);
    expect(lines(reading)).toEqual(['11: 990101199001011237 张三', '12: 990101199001011245 李四']);
    expect(reading.result).toMatchObject({ headerRow: 10 });
    expect((await read(`${'标题\n'.repeat(10)}${plain}`)).result).toMatchObject({
      code: 'no-header',
      details: { lines: 10 },
    });
  });

  test('a missing required column is refused with its name and what was found', async () => {
    expect((await read('证件号码,认定日期,备注\n1,2022-01-01,x\n')).result).toEqual({
      kind: 'refusal',
      code: 'missing-column',
      details: { columns: '姓名 (psn_name)', found: '证件号码、认定日期、备注' },
    });
  });

  test('a column that comes twice, under whatever names, is refused', async () => {
    expect((await read('证件号码,姓名,身份证号\n1,张三,1\n')).result).toMatchObject({
      code: 'duplicate-column',
      details: { columns: '证件号码、身份证号' },
    });
  });
});

describe('JSON lines', () => {
  test('the first object is row 1; keys are headers in any order; later keys count', async () => {
    const reading = await read(
      [
        '{"certno":"990101199001011237","姓名":"张三","x":1}',
        '{"姓名":"李四","证件号码":"990101199001011245","实缴金额":280.5,"退费标志":true}',
        '{"certno":990101199001011237,"psn_name":null,"paid_amt":1.10}',
      ].join('\r\n'),
      { name: 'aid.jsonl' },
    );
    expect(lines(reading)).toEqual([
      '1: 990101199001011237 张三 ∅ ∅',
      '2: 990101199001011245 李四 280.5 1',
      '3: 990101199001011237 ∅ 1.10 ∅',
    ]);
    expect(reading.result).toMatchObject({
      format: 'jsonl',
      headerRow: 0,
      ignored: ['x'],
      absent: ['begn_date', 'emp_name'],
    });
  });

  test('blank lines keep their row number; lines that are no flat object are malformed rows', async () => {
    const reading = await read(
      '\n{"certno":"1","姓名":"a"}\n\n{"certno":"2"\n[1]\n{"certno":{"a":1},"姓名":"b"}\n{}\n{"certno":"7","姓名":"c","x":[1]}',
    );
    expect(lines(reading)).toEqual([
      '1: 1 a',
      '3: (malformed-row) ∅ ∅',
      '4: (malformed-row) ∅ ∅',
      '5: (malformed-row) {"a":1} b',
      '7: 7 c',
    ]);
    expect(reading.result).toMatchObject({ rows: 5, blankRows: 2 });
  });

  test.each([
    ['two keys for one column', '{"certno":"1","证件号码":"1","姓名":"a"}', 'duplicate-column'],
    ['a required key that no object has', '{"certno":"1"}\n{"certno":"2","认定日期":"2022-01-01"}', 'missing-column'],
    ['no object at all', '{"certno":\n"1"}', 'unreadable-file'],
    ['a line beyond the limit', `{"certno":"${'1'.repeat(2_000_000)}"}`, 'too-large'],
    ['too many keys', `{${Array.from({ length: 600 }, (_, i) => `"k${i}":1`)}}`, 'too-large'],
  ])('%s: refused', async (_, content, code) => {
    expect((await read(content)).result).toMatchObject({ kind: 'refusal', code });
  });
});
