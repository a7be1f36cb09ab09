import { createHash } from 'node:crypto';
import { isCivilDate } from './time.ts';

/** Why a certificate number cannot say who a person is. */
export type CertificateDefect =
  | 'missing'
  | 'excel-damaged'
  | 'placeholder'
  | 'bad-length'
  | 'bad-check-digit'
  | 'bad-birth-date';

export type Certificate =
  | {
      readonly status: 'ok' | 'upgraded';
      readonly personKey: string;
      /** What the number itself says; absent where the number says nothing. */
      readonly birthDate?: string;
      readonly sex?: '1' | '2';
    }
  | { readonly status: CertificateDefect; readonly defects: readonly CertificateDefect[] };

/**
 * Reads a cleaned certificate number of a type of the national list (GB 11643-1999; type 07 also in its form of 2023).
 * The same law in SQL: functions/intake/clean-certificate.ts.
 */
export function readCertificate(type: string, certno: string | null | undefined): Certificate {
  if (!certno) return unusable('missing');
  const number = certno.toUpperCase();
  if (EXCEL_FIGURE.test(number)) return unusable('excel-damaged');
  if (isPlaceholder(number)) return unusable('placeholder');
  if (isCitizenType(type)) return readCitizenNumber(number);
  if (type !== '07') return { status: 'ok', personKey: `${type}:${number}` };
  if (/^[A-Z]{3}\d{12}$/.test(number)) return { status: 'ok', personKey: `07:${number}` };
  if (!/^9.{17}$/su.test(number)) return unusable('bad-length');
  return readLongNumber(number, `07:${number}`);
}

/** Types whose number is the citizen number: identity card, and residence permit of Hong Kong, Macao, Taiwan. */
export function isCitizenType(type: string): boolean {
  return type === '01' || type === '17';
}

/** The 18th character of a number's first 17 digits: ISO 7064 MOD 11-2. */
export function checkCharacter(first17: string): string {
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(first17[i]), 0);
  return CHECK_CHARACTERS[sum % 11]!;
}

/** 18 digits of a 15-digit number: the century inserted, the check character appended. */
export function upgradeNumber(number15: string): string {
  const first17 = `${number15.slice(0, 6)}19${number15.slice(6)}`;
  return first17 + checkCharacter(first17);
}

/** First 16 bits of md5(person_key): where a person's rows lie in every snapshot. Never another hash. */
export function hashRange(personKey: string): number {
  return createHash('md5').update(personKey).digest().readUInt16BE(0);
}

/** For screens: first 6 and last 4; for files: first and last. Shorter numbers show less. */
export function maskNumber(certno: string | null, place: 'screen' | 'file'): string {
  const [head, tail] = place === 'screen' ? [6, 4] : [1, 1];
  const characters = [...(certno ?? '')];
  if (characters.length <= head + tail) return '*'.repeat(characters.length);
  return `${characters.slice(0, head).join('')}********${characters.slice(-tail).join('')}`;
}

/** Surname and a star; two characters of a compound surname. */
export function maskName(name: string | null): string {
  const characters = [...(name ?? '')];
  if (characters.length < 2) return characters.length === 0 ? '' : '*';
  const surname = characters.length > 2 && COMPOUND_SURNAMES.has(characters.slice(0, 2).join('')) ? 2 : 1;
  return `${characters.slice(0, surname).join('')}*`;
}

export const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
export const CHECK_CHARACTERS = '10X98765432';
/** First two digits of GB/T 2260, and of residence permits of Hong Kong, Macao, Taiwan. */
export const PROVINCES =
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(' ');
/** People in a register were born in these years; anything else is a damaged number. */
export const BIRTH_YEARS = { first: 1850, last: 2099 } as const;

const EXCEL_FIGURE = /^\d(\.\d+E\+?|E\+)\d{1,2}$/;
const COMPOUND_SURNAMES = new Set(
  '欧阳 司马 上官 诸葛 夏侯 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 长孙 宇文 端木 南宫 独孤 百里 呼延 闻人 轩辕'.split(' '),
);

function readCitizenNumber(number: string): Certificate {
  if (/^\d{15}$/.test(number)) {
    if (!isCivilDate(birthDateIn(`${number.slice(0, 6)}19${number.slice(6)}`))) return unusable('bad-birth-date');
    return { ...readLongNumber(upgradeNumber(number)), status: 'upgraded' } as Certificate;
  }
  if ([...number].length !== 18) return unusable('bad-length');
  return readLongNumber(number);
}

/** A number of 18 characters: birth date at 7-14, sex at 17, check character at 18. */
function readLongNumber(number: string, personKey = `C:${number}`): Certificate {
  const checks = /^\d{17}[\dX]$/.test(number) && checkCharacter(number) === number[17];
  if (!checks && /^\d{15}000$/.test(number)) return unusable('excel-damaged');
  const birthDate = birthDateIn(number);
  const year = Number(birthDate.slice(0, 4));
  const born = isCivilDate(birthDate) && year >= BIRTH_YEARS.first && year <= BIRTH_YEARS.last;
  const defects: CertificateDefect[] = [];
  if (!checks) defects.push('bad-check-digit');
  if (!born) defects.push('bad-birth-date');
  if (defects[0]) return { status: defects[0], defects };
  return { status: 'ok', personKey, birthDate, sex: Number(number[16]) % 2 === 1 ? '1' : '2' };
}

function birthDateIn(number: string): string {
  return `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
}

function isPlaceholder(number: string): boolean {
  const times = (digit: string) => number.split(digit).length - 1;
  return /^(\d)\1*$/.test(number) || number.startsWith('123456789') || times('0') >= 15 || times('9') >= 15;
}

function unusable(defect: CertificateDefect): Certificate {
  return { status: defect, defects: [defect] };
}
