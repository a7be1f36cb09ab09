import { describe, expect, test } from 'vitest';
import { checkCharacter } from '../../../schemas/certificate.ts';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import { parseSettings, type Settings } from '../../../schemas/settings.ts';
import { type Cells, cleaned, codesOf, type Issue, type LakeRow } from './cleaned.ts';

const feed = (name: string) => feedNamed(name)!;
const citizen = (first17: string) => first17 + checkCharacter(first17);
const certno = citizen('50029919980101001');
const person = { certno, psn_name: '张三', gend: '1', brdy: '1998-01-01' };

/** A good row of a feed; the row number goes where it keeps rows from repeating each other. */
const goodRows: Readonly<Record<string, (i: number) => Cells>> = {
  enrolment: (i) => ({
    ...person,
    psn_no: `50020${i}`,
    insutype: '390',
    psn_insu_stas: '1',
    insuplc_admdvs: '500299',
    insu_year: '2022',
    psn_insu_date: '2022-01-01',
  }),
  population: (i) => ({ ...person, pop_kind: '1', hukou_admdvs: `5002991${i}`, pop_stas: '1' }),
  'premium-payment': (i) => ({
    ...person,
    ticket_no: `T${i}`,
    insutype: '390',
    pay_year: '2022',
    paid_amt: '320.00',
    pay_date: '2021-11-01',
    insuplc_admdvs: '500299',
  }),
  hardship: (i) => ({ ...person, idet_type: '孤儿', begn_date: `20${10 + i}-01-01` }),
  'death-police': (i) => ({ ...person, canc_type: '1', canc_date: `20${10 + i}-01-01` }),
  birth: (i) => ({
    birth_cert_no: `R${123456789 + i}`,
    brdy: '2022-06-01',
    mother_certno: certno,
    mother_name: '张三',
  }),
};

type Outcome = { row: LakeRow | undefined; codes: string[]; issues: Issue[] };

/** What becomes of good rows with the given changes, all in one delivery. */
async function outcomes(
  name: string,
  changes: readonly Cells[],
  more?: Parameters<typeof cleaned>[2],
): Promise<Outcome[]> {
  const result = await cleaned(
    feed(name),
    changes.map((change, i) => ({ ...goodRows[name]!(i), ...change })),
    more,
  );
  return changes.map((_, i) => ({
    row: result.accepted.find((row) => row.row_no === i + 2),
    codes: codesOf(result, i + 2),
    issues: result.issues.filter((issue) => issue.row_no === i + 2),
  }));
}

/** Runs all cases as one delivery, and makes a test of each. */
function eachCase<Case extends readonly [string, Cells, unknown]>(
  name: string,
  cases: readonly Case[],
  check: (outcome: Outcome, expected: Case[2]) => void,
  more?: Parameters<typeof cleaned>[2],
): void {
  const all = outcomes(
    name,
    cases.map(([, change]) => change),
    more,
  );
  cases.forEach(([title, , expected], i) => {
    test(title, async () => check((await all)[i]!, expected));
  });
}

describe('a cell', () => {
  eachCase(
    'enrolment',
    [
      ['full-width digits and letters become half-width', { psn_no: 'Ａ００１ｚ' }, { psn_no: 'A001z' }],
      ['blanks of any kind go at both ends', { psn_no: ' \u3000A 1\u00a0\t' }, { psn_no: 'A 1' }],
      ['zero-width signs go wherever they are', { psn_no: '\ufeffB\u200b1' }, { psn_no: 'B1' }],
      ["the ' of Excel goes", { psn_no: "'001" }, { psn_no: '001' }],
      ['a line break inside a quoted cell is a blank', { emp_name: '甲公司\r\n乙部' }, { emp_name: '甲公司 乙部' }],
      [
        'words for nothing are missing',
        { emp_name: '无', live_admdvs: 'NULL', paus_insu_date: '/' },
        { emp_name: null, live_admdvs: null, paus_insu_date: null },
      ],
      ['a short code is padded', { psn_cert_type: '1' }, { psn_cert_type: '01' }],
      ['a missing certificate type is 01', { psn_cert_type: '' }, { psn_cert_type: '01' }],
      [
        'a text stands for its code',
        { gend: '男', insutype: '城乡居民', psn_insu_stas: '正常' },
        { gend: '1', insutype: '390', psn_insu_stas: '1' },
      ],
      ['a year may say so', { insu_year: '2022年度' }, { insu_year: '2022' }],
      ['a whole number', { cont_months: '６' }, { cont_months: 6 }],
      [
        'a name is cleaned and its raw form kept beside it',
        { psn_name: '张　三' },
        { psn_name: '张三', raw: '{"psn_name":"张　三"}' },
      ],
      ['what was clean has no raw form', {}, { raw: null }],
      [
        'raw forms are JSON whatever they hold',
        { emp_name: ' "甲\\乙" ' },
        { emp_name: '"甲\\乙"', raw: '{"emp_name":" \\"甲\\\\乙\\" "}' },
      ],
    ],
    ({ row }, kept) => expect(row).toMatchObject(kept as object),
  );

  const fifths = [
    '2022-01-05',
    '20220105',
    '2022/1/5',
    '2022.1.5',
    '2022年1月5日',
    '２０２２年１月５日',
    ' 2022-1-5 ',
    '2022-01-05 23:59:59',
    '2022/1/5 8:30',
    '2022-01-04T16:00:00Z',
    '2022-01-05T00:30:00+08:00',
    '20220105083000',
    '2022年1月5日8时30分',
  ];
  eachCase(
    'enrolment',
    fifths.map((sent) => [`${sent} is the fifth of January`, { psn_insu_date: sent }, '2022-01-05'] as const),
    ({ row }, date) => expect(row?.psn_insu_date).toBe(date),
  );

  const noDates = [
    '2022-02-30',
    '2022-13-01',
    '二月三日',
    '2022',
    '44566',
    '20220230',
    '0022-01-01',
    '2022-05-00',
    'today',
  ];
  eachCase(
    'enrolment',
    noDates.map((sent) => [`${sent} is no date and rejects the row`, { psn_insu_date: sent }, ['!bad-date']] as const),
    ({ codes }, expected) => expect(codes).toEqual(expected),
  );

  eachCase(
    'enrolment',
    [
      ['an Excel serial number is a date in a workbook', { psn_insu_date: '44566' }, '2022-01-05'],
      ['the time in an Excel serial number is cut', { psn_insu_date: '44566.75' }, '2022-01-05'],
      ['Excel began with 1 January 1900', { psn_insu_date: '1' }, '1900-01-01'],
      ['a year alone is no serial number', { psn_insu_date: '2022' }, undefined],
      ['nor is the day Excel invented', { psn_insu_date: '60' }, undefined],
    ],
    ({ row }, date) => expect(row?.psn_insu_date).toBe(date),
    { excelSerials: true },
  );

  eachCase(
    'death-police',
    [
      [
        'day 00 is the last day of the month where police write it',
        { canc_date: '2022-02-00', death_date: '2020年2月0日' },
        ['2022-02-28', '2020-02-29'],
      ],
      ['also in eight digits', { canc_date: '20220400', death_date: '' }, ['2022-04-30', null]],
    ],
    ({ row }, dates) => expect([row?.canc_date, row?.death_date]).toEqual(dates),
  );

  const amounts: [string, number][] = [
    ['320', 32000],
    ['¥1,234.50', 123450],
    ['￥320', 32000],
    ['320.5元', 32050],
    ['-280.00', -28000],
    ['0', 0],
    ['.5', 50],
    ['１２', 1200],
  ];
  eachCase(
    'premium-payment',
    amounts.map(([paid_amt, fen]) => [`${paid_amt} yuan are ${fen} fen`, { paid_amt }, fen] as const),
    ({ row }, fen) => expect(row?.paid_amt).toBe(fen),
  );

  const noAmounts = ['320.005', '320.000', '1,23', '三百', '1e3', '3 20', '--5', '99999999999999999'];
  eachCase(
    'premium-payment',
    noAmounts.map(
      (paid_amt) => [`${paid_amt} is never rounded: the row is rejected`, { paid_amt }, ['!bad-amount']] as const,
    ),
    ({ codes }, expected) => expect(codes).toEqual(expected),
  );

  eachCase(
    'premium-payment',
    ['1', '是', 'Y', '0', '否', 'N', ''].map(
      (refund_flag, i) => [`the flag "${refund_flag}"`, { refund_flag }, i < 3] as const,
    ),
    ({ row, codes }, yes) => expect([row?.refund_flag, codes]).toEqual([yes, []]),
  );
});

describe('a bad cell', () => {
  eachCase(
    'population',
    [
      ['a required cell that is empty', { pop_stas: '' }, ['!missing']],
      ['a required cell that says nothing', { psn_name: '无' }, ['!missing']],
      ['a required code that is on no list', { pop_kind: '7' }, ['!unknown-code']],
      ['a text beyond its length', { household_no: 'H'.repeat(21) }, ['!too-long']],
      ['a replacement character', { psn_name: '林\ufffd' }, ['!not-text']],
      ['a control character', { household_no: 'H\u00071' }, ['!not-text']],
      ['a control character in a date', { chg_date: '2022-\u000701-01' }, ['!bad-date', '!not-text']],
      ['a private-use character only warns', { psn_name: '林\ue123' }, ['private-use-character']],
      ['a sex beside another in the number', { gend: '2' }, ['id-sex-differs']],
      ['a birth date beside another in the number', { brdy: '1998-01-02' }, ['id-birth-differs']],
      ['a number of no province', { certno: citizen('99029919980101001') }, ['unknown-area']],
      [
        'everything at once',
        { pop_kind: '7', psn_name: '', brdy: 'x', certno: '500299199813010019' },
        ['!bad-birth-date', '!bad-check-digit', '!bad-date', '!missing', '!unknown-code'],
      ],
      ['a row that is no row', { defect: 'malformed-row', pop_kind: '7' }, ['!malformed-row']],
    ],
    ({ codes }, expected) => expect(codes).toEqual(expected),
  );

  eachCase(
    'enrolment',
    [
      ['an unknown code outside a required column becomes missing', { psn_clct_stas: '8' }, ['psn_clct_stas', null]],
      ['an unknown sub-code of a known kind of person is kept', { psn_type: '1402' }, ['psn_type', '1402']],
      ['an unknown kind of person is not', { psn_type: '7702' }, ['psn_type', null]],
    ],
    ({ row, codes }, [field, value]) => expect([row?.[field!], codes]).toEqual([value, ['unknown-code']]),
  );

  eachCase(
    'premium-payment',
    [
      ['a subsidy category nobody mapped is kept as it is', { subs_type: '优抚对象' }, ['subs_type', '优抚对象']],
      ['a flag that is neither yes nor no is no', { refund_flag: '?' }, ['refund_flag', false]],
    ],
    ({ row, codes }, [field, value]) => expect([row?.[field as string], codes]).toEqual([value, ['unknown-code']]),
  );

  test('the bureau maps local names and adds areas in its settings', async () => {
    const settings = parseSettings({
      categoryNames: { idet_type: { 五保户: 'extreme-poverty' } },
      intake: { knownAreas: ['9902'] },
    }) as Settings;
    const change = { idet_type: '五保户', certno: citizen('99029919980101001') };
    const [before] = await outcomes('hardship', [change]);
    const [after] = await outcomes('hardship', [change], { settings });
    const [ticket] = await outcomes('premium-payment', [{ subs_type: '五保户' }], { settings });
    expect(before!.codes).toEqual(['!unknown-code', 'unknown-area']);
    expect([after!.row?.idet_type, after!.codes]).toEqual(['extreme-poverty', []]);
    expect(ticket!.row?.subs_type).toBe('extreme-poverty');
  });

  test('no name and no number is in what is said of it, not even in the wrong column', async () => {
    const shifted = {
      certno: '500299199813010010',
      psn_name: '林\ufffd秀英',
      brdy: '欧阳秀英',
      gend: '林秀英',
      hukou_admdvs: '500299199801010012345',
      chg_date: '林秀英',
    };
    const [outcome] = await outcomes('population', [shifted]);
    expect(outcome!.issues.length).toBeGreaterThan(5);
    expect(JSON.stringify(outcome!.issues)).not.toMatch(/秀|[0-9]{6}/);
  });
});

describe('a certificate', () => {
  eachCase(
    'population',
    [
      ['a citizen number', { certno }, [`C:${certno}`, 'ok']],
      ['with a lower-case x', { certno: '11010519491231002x' }, ['C:11010519491231002X', 'ok']],
      [
        'a residence permit',
        { psn_cert_type: '17', certno: citizen('81000019980101001') },
        [`C:${citizen('81000019980101001')}`, 'ok'],
      ],
      ['15 digits', { certno: '110105491231002' }, ['C:11010519491231002X', 'upgraded']],
      ['a passport', { psn_cert_type: '08', certno: 'e1234567' }, ['08:E1234567', 'ok']],
      ['an old permanent residence', { psn_cert_type: '07', certno: 'USA310075010101' }, ['07:USA310075010101', 'ok']],
      [
        'a permanent residence of 2023',
        { psn_cert_type: '07', certno: citizen('91184019980101001') },
        [`07:${citizen('91184019980101001')}`, 'ok'],
      ],
    ],
    ({ row }, [key, status]) => expect([row?.person_key, row?.cert_status]).toEqual([key, status]),
  );

  const unusable: [string, string][] = [
    ['bad-check-digit', certno.slice(0, 17) + (certno[17] === '1' ? '2' : '1')],
    ['bad-birth-date', citizen('50029919980230001')],
    ['bad-length', certno.slice(0, 17)],
    ['excel-damaged', '5.00299E+17'],
    ['excel-damaged', '500299199801010000'],
    ['placeholder', '111111111111111111'],
    ['placeholder', '123456789012345678'],
    ['missing', ''],
  ];
  eachCase(
    'enrolment',
    unusable.map(
      ([code, certno]) => [`${code} "${certno}" in enrolment is kept without a key`, { certno }, code] as const,
    ),
    ({ row, codes }, code) =>
      expect([row?.person_key, row?.h, row?.cert_status, codes]).toEqual([null, null, code, [code]]),
  );
  eachCase(
    'population',
    unusable.map(
      ([code, certno]) => [`${code} "${certno}" elsewhere rejects the row`, { certno }, `!${code}`] as const,
    ),
    ({ codes }, code) => expect(codes).toEqual([code]),
  );

  eachCase(
    'population',
    ['9.00000000000e+18X', '5002991998_0101001', '+50029919980101001'].map(
      (certno) => [`"${certno}" is no number, though a database reads one in it`, { certno }, undefined] as const,
    ),
    ({ row, codes }) => expect([row, codes]).toEqual([undefined, ['!bad-birth-date', '!bad-check-digit']]),
  );

  eachCase(
    'birth',
    [
      [
        'a birth is known by its document and its mother',
        { birth_cert_no: 'r123456789' },
        ['B:R123456789', `C:${certno}`, 'ok'],
      ],
      [
        'a birth whose mother has no usable number is rejected',
        { mother_certno: certno.slice(1) },
        [undefined, undefined, undefined],
      ],
      ['a document that is none is rejected', { birth_cert_no: '12345' }, [undefined, undefined, undefined]],
    ],
    ({ row }, expected) => expect([row?.person_key, row?.mother_key, row?.cert_status]).toEqual(expected),
  );
});

describe('rows that repeat', () => {
  const resident = goodRows.population!(0);

  test('the same record twice: the later one is dropped, however it was written', async () => {
    const again = { ...resident, brdy: '1998年1月1日', psn_cert_type: '1' };
    const result = await cleaned(feed('population'), [{ ...resident, psn_cert_type: '01' }, again]);
    expect(result.counts).toEqual({ rows: 2, accepted: 1, warned: 0, rejected: 0, dropped: 1 });
    expect(result.issues).toMatchObject([{ row_no: 3, code: 'duplicate-row', severity: 'warning' }]);
  });

  test('different records of one key are both kept with a warning', async () => {
    const result = await cleaned(feed('population'), [resident, { ...resident, psn_name: '张四' }, resident]);
    expect(result.counts).toMatchObject({ accepted: 2, warned: 1, dropped: 1 });
    expect([codesOf(result, 2), codesOf(result, 3), codesOf(result, 4)]).toEqual([
      [],
      ['duplicate-key'],
      ['duplicate-row'],
    ]);
  });

  test('in a delta, taking back and inserting again is no repetition', async () => {
    const rows = ['I', 'D', 'I', 'I'].map((oper) => ({ ...resident, oper }));
    const result = await cleaned(feed('population'), rows, { mode: 'delta' });
    expect(result.accepted.map((row) => row.oper)).toEqual(['I', 'D', 'I']);
  });

  test('a withdrawal needs no more than its key', async () => {
    const key = { certno, pop_kind: '1', hukou_admdvs: '500299100200' };
    const result = await cleaned(feed('population'), [{ ...key, oper: 'D' }, { ...key, oper: 'U' }, key], {
      mode: 'delta',
    });
    expect(result.counts).toMatchObject({ accepted: 1, rejected: 2 });
    expect(codesOf(result, 2)).toEqual([]);
  });
});
