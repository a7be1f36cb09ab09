import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeXlsx } from 'hucre';
import { describe, expect, test } from 'vitest';
import { explain } from '../../../schemas/errors.ts';
import { type Reading, useReading } from './reading.ts';
import { workbook, zipFile } from './zip-file.ts';

const { read } = useReading();
const plain = '证件号码,姓名\n990101199001011237,张三\n';
const xls = readFileSync(join(import.meta.dirname, '../../fixtures/files/two-sheets.xls'));
const xlsx = await writeXlsx({
  sheets: [
    { name: 'S', rows: [['证件号码', '姓名'], ...Array.from({ length: 2000 }, (_, i) => [`${i}`, `${i * i}`])] },
  ],
});
const zip = zipFile([{ name: 'a.csv', content: plain.repeat(100) }]);
const noise = randomBytes(40_000);

/** Code and the Chinese sentence of a refusal. */
function refusal({ result }: Reading): [string, string] {
  if (result.kind !== 'refusal') throw new Error('was read');
  const { zh, en } = explain(result);
  expect(`${zh}${en}`).not.toContain('?');
  return [result.code, zh];
}

describe('what is no list is refused and called by its name', () => {
  test.each([
    ['a PDF named .csv', '%PDF-1.7\n%âãÏÓ\n', 'PDF'],
    ['a picture', Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), noise]), 'PNG'],
    ['a RAR archive', Buffer.concat([Buffer.from('Rar!\x1a\x07\x01\x00', 'latin1'), noise]), 'RAR'],
    ['a web page named .xls', '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table>', 'HTML'],
    ['an XML table', '\ufeff<?xml version="1.0"?><Workbook>', 'XML'],
    [
      'a Word document',
      zipFile([
        { name: '[Content_Types].xml', content: 'x' },
        { name: 'word/document.xml', content: 'x' },
      ]),
      'Word',
    ],
    ['an xlsb workbook', zipFile([{ name: 'xl/workbook.bin', content: 'x' }]), 'xlsb'],
    [
      'an encrypted workbook',
      Buffer.concat([xls.subarray(0, 512), Buffer.from('EncryptedPackage', 'utf16le'), noise]),
      '密码',
    ],
    ['an empty file', '', '空'],
    ['a file of blanks', ' \r\n\n\t\n', '空'],
    ['an empty .gz', gzipSync(''), '空'],
    ['an empty zip', zipFile([]), '空'],
    [
      'a zip with two files',
      zipFile([
        { name: 'a.csv', content: plain },
        { name: 'b.csv', content: plain },
      ]),
      '2 个文件',
    ],
    ['a zip in a zip', zipFile([{ name: 'a.zip', content: zip }]), '压缩包里又是压缩包'],
    ['a gz in a gz', gzipSync(gzipSync(plain)), '压缩包里又是压缩包'],
    ['a zip with a password', zipFile([{ name: 'a.csv', content: plain, encrypted: true }]), '密码'],
  ])('%s', async (_, content, word) => {
    const [code, sentence] = refusal(await read(content));
    expect(code).toBe('unreadable-file');
    expect(sentence).toContain(word);
  });

  test('bytes without any meaning are refused', async () => {
    expect(['unreadable-encoding', 'no-header']).toContain(refusal(await read(noise))[0]);
  });
});

describe('what is damaged is refused', () => {
  test.each([
    ['a truncated .gz', gzipSync(plain).subarray(0, -12)],
    ['a .gz with a flipped bit', gzipSync(plain).map((byte, i) => (i === 30 ? byte ^ 8 : byte))],
    ['a truncated zip', zip.subarray(0, -40)],
    ['a zip with a wrong checksum', zipFile([{ name: 'a.csv', content: plain, claims: { crc: 1 } }])],
    [
      'a zip that claims less than it holds',
      zipFile([{ name: 'a.csv', content: plain, claims: { uncompressedSize: 10 } }]),
    ],
    ['a truncated xlsx', xlsx.subarray(0, xlsx.length / 2)],
    ['an xlsx with a damaged sheet', xlsx.map((byte, i) => (i > 600 && i < 5000 ? byte ^ 0x55 : byte))],
    ['a truncated xls', xls.subarray(0, 1500)],
    ['an xlsx without its parts', zipFile([{ name: 'xl/worksheets/sheet1.xml', content: 'x' }])],
  ])('%s', async (_, content) => {
    expect(refusal(await read(content))[0]).toBe('unreadable-file');
  });
});

describe('what is too large is refused before it costs anything', () => {
  const rows = (count: number) => `证件号码,姓名\n${'1,a\n'.repeat(count)}`;
  const spaces = Buffer.alloc(60 * 1024 ** 2, ' ');
  const bombSheet = `<row r="1"><c r="A1" t="str"><v>${' '.repeat(40_000_000)}</v></c></row>`;

  test.each([
    ['a CSV of one huge line', Buffer.concat([Buffer.from('证件号码,姓名,'), Buffer.alloc(4_000_000, 'x')]), '第 1 行'],
    [
      'a huge line after good ones',
      Buffer.concat([Buffer.from(`${plain}1,`), Buffer.alloc(4_000_000, 'x')]),
      '第 3 行',
    ],
    ['a gz bomb', gzipSync(spaces), '解压'],
    ['a zip bomb', zipFile([{ name: 'a.csv', content: spaces }]), '解压'],
    ['a workbook bomb', workbook([bombSheet]), '解压'],
    ['10,000 columns', `证件号码,姓名${',x'.repeat(10_000)}\n1,a\n`, '列数'],
  ])('%s', async (_, content, word) => {
    const [code, sentence] = refusal(await read(content));
    expect(code).toBe('too-large');
    expect(sentence).toContain(word);
  });

  test('each of the two sentences is in its own language', async () => {
    const { result } = await read(rows(11), { limits: { maxRows: 10 } });
    if (result.kind !== 'refusal') throw new Error('was read');
    expect(explain(result)).toEqual({
      zh: '文件超出限制：行数：> 10，上限 10。请拆分后报送（Excel 可另存为 CSV），或由医保局调整设置。',
      en: 'The file is beyond a limit: rows: > 10, at most 10. Split it (save Excel as CSV), or let the bureau raise the setting.',
    });
  });

  test.each([
    ['rows', rows(11), { maxRows: 10 }],
    ['bytes as sent', rows(1000), { maxCompressedBytes: 1000 }],
    ['bytes unpacked', gzipSync(rows(1000)), { maxUncompressedBytes: 1000 }],
    ['rows of JSON lines', '{"certno":"1","姓名":"a"}\n'.repeat(11), { maxRows: 10 }],
  ])('more %s than the settings allow', async (_, content, limits) => {
    expect(refusal(await read(content, { limits }))[0]).toBe('too-large');
  });

  test('a list at its limits is read', async () => {
    expect((await read(rows(10), { limits: { maxRows: 10, maxLineBytes: 30 } })).result).toMatchObject({ rows: 10 });
  });
});

test('a quote that never closes in a large file is refused for the quote, not as a long line', async () => {
  const [code, sentence] = refusal(await read(`${plain}2,"李四\n${'3,b\n'.repeat(500_000)}`));
  expect([code, sentence]).toEqual(['unreadable-file', expect.stringContaining('第 3 行有一个引号没有配对')]);
});

test('no refusal repeats a cell of the file', async () => {
  const secret = '990101199001011237';
  const files = [
    `${secret},张三\n`,
    `证件号码,认定日期\n${secret},张三\n`,
    `${plain}"${secret}\n`,
    `{"证件号码":"${secret}"}`,
  ];
  for (const content of files) {
    const { result } = await read(content);
    expect(result.kind).toBe('refusal');
    expect(JSON.stringify(result)).not.toMatch(/9901011990|张三/);
  }
});
