import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCharacter, hashRange, readCertificate } from '../../../schemas/certificate.ts';
import { certTypes, hardshipTypes, personTypes, sexes, subsidyTypes } from '../../../schemas/code-lists.ts';
import {
  amount,
  certificate,
  code,
  column,
  date,
  type Feed,
  flag,
  integer,
  monthEndDate,
  name,
  text,
  year,
} from '../../../schemas/feeds/feed.ts';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import { judgeCell } from './clean-oracle.ts';
import { cleaned } from './cleaned.ts';

/** A feed with a column of every kind, required and not. */
const everything: Feed = {
  name: 'everything',
  title: { zh: '全部', en: 'Everything' },
  agency: { zh: '测试', en: 'Tests' },
  unusableCertificate: 'none',
  personDocument: { prefix: 'E', field: 'id' },
  columns: [
    column('id', '编号', text(9), { required: true }),
    column('short_text', '短文', text(6)),
    column('a_name', '姓名', name(8), { required: true }),
    column('a_number', '号码', certificate(18)),
    column('cert_type', '类型', code(certTypes), { required: true }),
    column('sex', '性别', code(sexes)),
    column('category', '类别', code(hardshipTypes), { required: true }),
    column('subsidy', '资助', code(subsidyTypes, 'keep')),
    column('kind', '人员', code(personTypes, 'keep-subcode')),
    column('day', '日期', date, { required: true }),
    column('month_end', '月末', monthEndDate),
    column('fen', '金额', amount, { required: true }),
    column('months', '月数', integer),
    column('a_year', '年度', year),
    column('yes', '标志', flag),
  ],
  key: ['id'],
  freshnessDays: 1,
};

const around = fc.constantFrom(
  '',
  '',
  '',
  ' ',
  '\u3000',
  '\u00a0',
  '\t',
  '\ufeff',
  '\u200b ',
  "'",
  ' \u2003',
  '\u2028',
  '’',
);
const nothing = fc.constantFrom('', 'null', 'NULL', '无', '-', '/', 'Null', '—', ' 无 ');
const odd = fc.constantFrom(
  '\u0007',
  '\ufffd',
  '\ue000',
  '\u{f0001}',
  '\u200d',
  '\n',
  '.',
  '·',
  '•',
  ' ',
  '　',
  'Ａ',
  '９',
  '𠮷',
  '々',
  'é',
  '"',
  '\\',
  '',
);
const junk = fc.string({ unit: fc.oneof(odd, fc.constantFrom(...'张三国x0189-/.年月日元,¥YN是否')), maxLength: 8 });
const digits = (min: number, max: number) => fc.integer({ min, max }).map(String);
const two = (n: number) => String(n).padStart(2, '0');
const day = fc
  .tuple(fc.integer({ min: 1795, max: 2030 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }))
  .chain(([y, m, d]) =>
    fc.constantFrom(
      `${y}-${two(m)}-${two(d)}`,
      `${y}${two(m)}${two(d)}`,
      `${y}/${m}/${d}`,
      `${y}.${m}.${d}`,
      `${y}年${m}月${d}日`,
      `${y}-${two(m)}-${two(d)} 08:15:30`,
      `${y}/${m}/${d} 8:15`,
      `${y}-${m}`,
      `${y}年${m}月${d}`,
    ),
  );
const yuan = fc
  .tuple(fc.integer({ min: 0, max: 12_345_678 }), fc.constantFrom('', '.5', '.05', '.50', '.505', '.'))
  .chain(([n, decimals]) =>
    fc.constantFrom(
      `${n}${decimals}`,
      `¥${n.toLocaleString('en-US')}${decimals}`,
      `￥${n}${decimals}`,
      `${n}${decimals}元`,
      `-${n}${decimals}`,
      `¥-${n}${decimals}`,
      `${n},${decimals}`,
      `1,${n}`,
      decimals,
    ),
  );
const names = fc.string({ unit: fc.constantFrom(...'张李·•．. 　A龘𠮷'), minLength: 1, maxLength: 9 });
const codes = (field: string) => {
  const { type } = everything.columns.find((c) => c.field === field)!;
  if (type.kind !== 'code') throw new Error(field);
  return fc.constantFrom(
    ...Object.keys(type.list.codes),
    ...Object.values(type.list.codes),
    '1',
    '7',
    '77',
    '1499',
    '5x',
    '优抚',
  );
};
const wide = (cell: string) => cell.replace(/[0-9A-Za-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));

function cell(plain: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const messy = fc.tuple(around, plain, around, fc.boolean()).map(([a, x, b, full]) => `${a}${full ? wide(x) : x}${b}`);
  return fc.oneof(
    { weight: 4, arbitrary: plain },
    { weight: 4, arbitrary: messy },
    { weight: 1, arbitrary: nothing },
    { weight: 2, arbitrary: junk },
  );
}

const cells: Readonly<Record<string, fc.Arbitrary<string>>> = {
  short_text: cell(fc.string({ maxLength: 8 })),
  a_name: cell(names),
  a_number: cell(fc.constantFrom('11010519491231002x', '11010519491231002X', 'E1234567', '１２３x', '5.0E+17')),
  cert_type: cell(codes('cert_type')),
  sex: cell(codes('sex')),
  category: cell(codes('category')),
  subsidy: cell(codes('subsidy')),
  kind: cell(codes('kind')),
  day: cell(day),
  month_end: cell(day),
  fen: cell(yuan),
  months: cell(fc.oneof(digits(-5, 1_000_000_000), fc.constant('6.0'))),
  a_year: cell(fc.oneof(digits(1790, 2100), fc.constantFrom('2022年', '2022年度', '22'))),
  yes: cell(fc.constantFrom('1', '0', '是', '否', 'Y', 'N', 'y', '2')),
};

const goodRow = { a_name: '张三', cert_type: '01', category: 'orphan', day: '2022-01-05', fen: '320.00' };

/** A good row with one to three cells as agencies send them: most rows stay acceptable, so that values are seen too. */
const row = fc
  .uniqueArray(fc.constantFrom(...Object.keys(cells)), { minLength: 1, maxLength: 3 })
  .chain((fields) => fc.record(Object.fromEntries(fields.map((field) => [field, cells[field]!]))))
  .map(
    (changes): Record<string, string> => ({
      ...Object.fromEntries(Object.keys(cells).map((field) => [field, ''])),
      ...goodRow,
      ...changes,
    }),
  );

describe('the SQL of clean-up', () => {
  test('does to every kind of cell what the data dictionary says, and says all that is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 400, maxLength: 400 }), async (sent) => {
        const rows = sent.map((row, i) => ({ id: String(i), ...row }) as Record<string, string>);
        const { accepted, issues } = await cleaned(everything, rows);
        expect(accepted.length).toBeGreaterThan(100);
        const kept = new Map(accepted.map((row) => [row.row_no, row]));
        const said = Map.groupBy(issues, (issue) => `${issue.row_no}:${issue.field}`);
        rows.forEach((row, i) => {
          const judged = everything.columns.map((column) => ({
            column,
            sent: row[column.field]!,
            ...judgeCell(column, row[column.field]!),
          }));
          for (const { column, sent, codes } of judged) {
            const found = (said.get(`${i + 2}:${column.field}`) ?? []).map(
              (x) => `${x.severity === 'reject' ? '!' : ''}${x.code}`,
            );
            expect({ column: column.field, sent, codes: found.sort() }).toEqual({ column: column.field, sent, codes });
          }
          const rejected = judged.some(({ codes }) => codes.some((code) => code.startsWith('!')));
          expect(kept.has(i + 2)).toBe(!rejected);
          if (rejected) return;
          for (const { column, sent, value } of judged) {
            expect({ column: column.field, sent, value: kept.get(i + 2)![column.field] }).toEqual({
              column: column.field,
              sent,
              value,
            });
          }
        });
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  test('judges certificates as schemas/certificate.ts does', async () => {
    const valid = fc
      .tuple(fc.constantFrom('500299', '810000', '911840', '999999'), day, fc.integer({ min: 0, max: 999 }))
      .map(
        ([area, date, n]) =>
          `${area}${date.replace(/\D/g, '').padEnd(8, '0').slice(0, 8)}${String(n).padStart(3, '0')}`,
      )
      .map((first17) => first17 + checkCharacter(first17));
    const damaged = fc
      .tuple(valid, fc.nat(17), fc.constantFrom(...'0123456789XxO*'))
      .map(([x, i, c]) => x.slice(0, i) + c + x.slice(i + 1));
    const short = valid.map((x) => x.slice(0, 6) + x.slice(8, 17));
    const others = fc.constantFrom(
      '',
      '5.00299E+17',
      '5E+17',
      '500299199801010000',
      '000000000000000',
      '123456789',
      'ABC123456789012',
      'e12345678',
      '１１０１０５１９４９１２３１００２ｘ',
      '9',
      '99999999999999999X',
    );
    const number = fc.oneof(valid, damaged, short, others);
    const type = fc.constantFrom('01', '01', '17', '07', '08', '');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ certno: number, psn_cert_type: type }), { minLength: 500, maxLength: 500 }),
        async (people) => {
          const rows = people.map((person, i) => ({
            ...person,
            psn_name: '张三',
            psn_no: String(i),
            insutype: '390',
            psn_insu_stas: '1',
            insuplc_admdvs: '500299',
            psn_insu_date: '2022-01-01',
          }));
          const { accepted } = await cleaned(feedNamed('enrolment')!, rows);
          const found = accepted.map((row) => [row.certno, row.cert_status, row.person_key, row.h]);
          const expected = accepted.map((row) => {
            const read = readCertificate(String(row.psn_cert_type), row.certno as string | null);
            const key = 'personKey' in read ? read.personKey : null;
            return [row.certno, read.status, key, key === null ? null : hashRange(key)];
          });
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
  });
});
