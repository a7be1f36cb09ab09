import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadRegular, readCarefully } from '../../../functions/intake/reading/delimited.ts';
import { readHeader } from '../../../functions/intake/reading/header.ts';
import { scanRecords } from '../../../functions/intake/reading/records.ts';
import { isRefusal } from '../../../schemas/errors.ts';
import { feed, limits, lines, useReading } from './reading.ts';

const { db, file, read, rows } = useReading();
const head = '证件号码,姓名,认定日期';

/**
 * The reading of Excel, character by character: what `scanRecords`, DuckDB and csv-parse must all agree with.
 * Undefined when a quoted cell with a line break has no proper end.
 */
function readSlowly(text: string): string[][] | undefined {
  const records: string[][] = [];
  let [record, cell, i]: [string[], string, number] = [[], '', 0];
  while (i < text.length) {
    if (text[i] === '"' && cell === '') {
      let [end, content] = [i + 1, ''];
      while (end < text.length && (text[end] !== '"' || text[end + 1] === '"')) {
        content += text[end];
        end += text[end] === '"' ? 2 : 1;
      }
      const closed = end < text.length;
      const proper = closed && (end + 1 === text.length || ',\r\n'.includes(text[end + 1]!));
      if (!closed || (!proper && /[\r\n]/.test(content))) return undefined;
      // A quote that closes too early makes the cell an ordinary one, quotes included.
      cell = proper ? content : `"${content}"`;
      i = end + 1;
      if (!proper) while (i < text.length && !',\r\n'.includes(text[i]!)) cell += text[i++];
    } else if (!',\r\n'.includes(text[i]!)) {
      cell += text[i++];
      continue;
    }
    const isEnd = i >= text.length || text[i] !== ',';
    record.push(cell);
    cell = '';
    if (isEnd) {
      records.push(record);
      record = [];
    }
    i += text.startsWith('\r\n', i) ? 2 : 1;
    if (i === text.length && !isEnd) records.push([...record, '']);
  }
  if (cell) records.push([...record, cell]);
  return records;
}

/** Rows of `raw` that a text after the header line must give. */
function expectedRows(body: string) {
  return readSlowly(body)?.flatMap((cells, i) => {
    const [certno, name, date] = [0, 1, 2].map((index) => cells[index] || null);
    const extra = cells.slice(3).some((cell) => cell.trim());
    if (!extra && ![certno, name, date].some((cell) => cell?.trim())) return [];
    const defect = extra ? 'malformed-row' : null;
    return [{ row_no: i + 2, defect, certno, psn_name: name, begn_date: date }];
  });
}

describe('row numbers and cells', () => {
  test.each([
    ['blank lines are counted', '\n1,a,\n\n\n2,b,\n\n', ['3: 1 a ∅', '6: 2 b ∅'], 4],
    [
      'lines of blanks, delimiters and control characters are blank',
      '1,a,\n , 　,\n,,\n\x1a\n2,b,',
      ['2: 1 a ∅', '6: 2 b ∅'],
      3,
    ],
    ['a quoted line break starts no row', '1,"a\nb\r\nc",\n"2",b,\n', ['2: 1 a\nb\r\nc ∅', '3: 2 b ∅'], 0],
    ['quoted delimiters and doubled quotes are text', '"1","a,""b""",\n', ['2: 1 a,"b" ∅'], 0],
    ['stray quotes are text', '1,a"b",\n2,"c"d,\n3, "e",\n', ['2: 1 a"b" ∅', '3: 2 "c"d ∅', '4: 3  "e" ∅'], 0],
    ['CRLF ends a row', '1,a,\r\n\r\n2,b,\r\n', ['2: 1 a ∅', '4: 2 b ∅'], 1],
    ['CR ends a row', '1,a,\r\r2,b,', ['2: 1 a ∅', '4: 2 b ∅'], 1],
    ['line ends may be mixed', '1,a,\r\n2,b,\n3,c,\r4,d,', ['2: 1 a ∅', '3: 2 b ∅', '4: 3 c ∅', '5: 4 d ∅'], 0],
    [
      'too many cells are a malformed row, empty ones are none',
      '1,a,,x\n2,b,,,\n',
      ['2: (malformed-row) 1 a ∅', '3: 2 b ∅'],
      0,
    ],
    ['too few cells are missing ones', '1\n2,b\n', ['2: 1 ∅ ∅', '3: 2 b ∅'], 0],
    ['a zero byte stays in its cell', '1,a\0b,\n', ['2: 1 a\0b ∅'], 0],
    ['nothing after the header is no row', '', [], 0],
  ])('%s', async (_, body, expected, blankRows) => {
    const reading = await read(`${head}\n${body}`);
    expect(lines(reading)).toEqual(expected);
    expect(reading.result).toMatchObject({ rows: expected.length, blankRows });
  });

  test.each([
    ['is never closed', '1,a,\n2,"b,\n3,c,\n', 3],
    ['swallows rows until the next quoted cell', '1,a,\n2,b,\n3,"c,\n4,d,\n5,"e",\n', 4],
  ])('a quote that %s is refused with its row, not read over the rows after it', async (_, body, row) => {
    const { result } = await read(`${head}\n${body}`);
    expect(result).toMatchObject({
      code: 'unreadable-file',
      details: { zh: expect.stringContaining(`第 ${row} 行`) },
    });
  });

  test('any text is read as character by character, or refused for an open quote', async () => {
    const character = fc.constantFrom('1', 'a', '张', ',', ',', '"', '"', '\n', '\r', '\r\n', ' ', '\n1,b,c\n');
    await fc.assert(
      fc.asyncProperty(fc.array(character, { maxLength: 40 }), async (characters) => {
        const body = characters.join('');
        const reading = await read(`${head}\n${body}`);
        const expected = expectedRows(body);
        if (!expected) expect(reading.result).toMatchObject({ kind: 'refusal', code: 'unreadable-file' });
        else expect(reading.rows).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  test('the bulk loader and the careful reader give the same rows for any regular text', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        '',
        '1',
        '张三',
        ' ',
        '"a"',
        '"a,b"',
        '""',
        '"a""b"',
        '"x\ny"',
        '"\r\n"',
        "'1",
        '\\',
        '#',
        'NULL',
        'a\0',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => `"${text.replaceAll('"', '""')}"`),
    );
    const line = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(cell, cell, cell).map((cells) => cells.join(',')) },
      { weight: 1, arbitrary: fc.constantFrom('', ',,', ' ,,') },
    );
    const title = fc.constantFrom('', '名单', 'a,b,c,d', '"q, ""x"""', '"two\nlines",x');
    let regular = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(title, { maxLength: 3 }),
        fc.array(line, { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        async (titles, body, lineEnd) => {
          const text = { path: file([...titles, head, ...body].join(lineEnd)), start: 0, encoding: 'utf-8' } as const;
          const shape = { delimiter: ',', titles: titles.length, width: 3 };
          const header = readHeader(head.split(','), feed, limits);
          const scan = await scanRecords(text, shape, limits);
          if (isRefusal(header) || isRefusal(scan)) throw new Error('refused');
          await readCarefully(db(), text, shape, header);
          const careful = await rows();
          if (scan.regular && (await loadRegular(db(), text, shape, header, scan))) {
            regular++;
            expect(await rows()).toEqual(careful);
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(regular).toBeGreaterThan(70);
  });
});

test('rows keep their numbers when the bulk loader works on several threads', async () => {
  const count = 300_000;
  const filler = 'x'.repeat(60);
  // A blank line before every ten-thousandth row: row i stands at line i + 3 + the blank lines before it.
  const lineOf = (i: number) => i + 3 + Math.floor(i / 10_000);
  const body = Array.from({ length: count }, (_, i) => `${i % 10_000 ? '' : '\n'}${lineOf(i)},"${filler},${i}",`);
  const { result } = await read(`${head}\n${body.join('\n')}\n`);
  expect(result).toMatchObject({ rows: count, blankRows: 30 });
  expect(await db().all('SELECT count(*) AS wrong FROM raw WHERE row_no::VARCHAR <> certno')).toEqual([{ wrong: 0 }]);
});

test('quoted line breaks followed by what looks like rows are cells, wherever a thread would begin', async () => {
  const count = 250_000;
  const trap = '"\n1,""\n"",2,""\n3,4,5\n1,b,c\n"';
  const body = Array.from({ length: count }, (_, i) => `${i + 2},${trap},`);
  const { result } = await read(`${head}\n${body.join('\n')}\n`);
  expect(result).toMatchObject({ rows: count, blankRows: 0 });
  expect(await db().all('SELECT count(*) AS wrong FROM raw WHERE row_no::VARCHAR <> certno')).toEqual([{ wrong: 0 }]);
});
