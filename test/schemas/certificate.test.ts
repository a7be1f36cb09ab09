import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkCharacter,
  hashRange,
  maskName,
  maskNumber,
  readCertificate,
  upgradeNumber,
} from '../../schemas/certificate.ts';

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
const birth = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2030-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10).replaceAll('-', ''));
const first17 = fc.tuple(birth, digits(3)).map(([date, n]) => `500299${date}${n}`);

describe('a citizen number', () => {
  test.each(['11010519491231002X', '440524188001010014'])('%s, the example of GB 11643, is good', (number) => {
    expect(readCertificate('01', number)).toMatchObject({ status: 'ok', personKey: `C:${number}` });
  });

  test('says the birth date and the sex', () => {
    expect(readCertificate('01', '11010519491231002X')).toMatchObject({ birthDate: '1949-12-31', sex: '2' });
  });

  test('one wrong digit and one swap of neighbours are always found', () => {
    fc.assert(
      fc.property(first17, fc.nat(16), fc.constantFrom(...'0123456789'), (head, i, digit) => {
        const good = head + checkCharacter(head);
        const changed = good.slice(0, i) + digit + good.slice(i + 1);
        const swapped = good.slice(0, i) + good[i + 1] + good[i] + good.slice(i + 2);
        for (const bad of [changed, swapped]) {
          if (bad !== good) expect(readCertificate('01', bad).status).not.toBe('ok');
        }
      }),
    );
  });

  test('15 digits upgrade to the number the same person has today', () => {
    expect(upgradeNumber('110105491231002')).toBe('11010519491231002X');
    expect(readCertificate('01', '110105491231002')).toMatchObject({
      status: 'upgraded',
      personKey: 'C:11010519491231002X',
    });
    expect(readCertificate('01', '110105491331002')).toMatchObject({ status: 'bad-birth-date' });
  });

  test('a wrong check character and a wrong date are both said', () => {
    expect(readCertificate('01', '500299199813010010')).toMatchObject({
      defects: ['bad-check-digit', 'bad-birth-date'],
    });
  });
});

describe('what cannot say who a person is', () => {
  test.each([
    ['', 'missing'],
    ['5.00236E+17', 'excel-damaged'],
    ['500198194909050000', 'excel-damaged'],
    ['888888888888888888', 'placeholder'],
    ['123456789012345678', 'placeholder'],
    ['500000000000000001', 'placeholder'],
    ['5002991998010100', 'bad-length'],
    ['500299199801010O17', 'bad-check-digit'],
  ])('%s is %s', (number, status) => expect(readCertificate('01', number).status).toBe(status));

  test('a passport may look like anything else', () => {
    expect(readCertificate('08', 'g12345678')).toEqual({ status: 'ok', personKey: '08:G12345678' });
  });
});

test('the place of a person in every snapshot is the first 16 bits of md5', () => {
  expect(hashRange('C:422898196207270099')).toBe(13561);
});

test('masks show the ends alone', () => {
  expect(maskNumber('11010519491231002X', 'screen')).toBe('110105********002X');
  expect(maskNumber('11010519491231002X', 'file')).toBe('1********X');
  expect(maskNumber('E1', 'file')).toBe('**');
  expect(maskNumber(null, 'file')).toBe('');
});

test('names show the surname', () => {
  expect(['张三', '欧阳国强', '欧阳', '买买提·艾力', '李', ''].map(maskName)).toEqual([
    '张*',
    '欧阳*',
    '欧*',
    '买*',
    '*',
    '',
  ]);
});
