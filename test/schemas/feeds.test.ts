import { describe, expect, test } from 'vitest';
import { refusalCodes, rowCodes } from '../../schemas/errors.ts';
import { feeds } from '../../schemas/feeds/register.ts';

test('the register has every feed once, found by its file', () => {
  expect(feeds.map((feed) => feed.name).sort()).toEqual(
    [
      'enrolment',
      'population',
      'death-police',
      'cremation',
      'hardship',
      'rural-monitoring',
      'premium-payment',
      'settlement',
      'policy-roster',
      'enrolment-elsewhere',
      'birth',
    ].sort(),
  );
});

describe.each(feeds)('$name', (feed) => {
  test('no two columns share a field, a header or an alias', () => {
    const headers = feed.columns.flatMap(({ header, aliases = [] }) => [header, ...aliases]);
    const fields = feed.columns.map((column) => column.field);
    expect(new Set(headers).size).toBe(headers.length);
    expect(new Set(fields).size).toBe(fields.length);
  });

  test('its row key is made of its columns', () => {
    const known = ['person', ...feed.columns.map((column) => column.field)];
    expect(known).toEqual(expect.arrayContaining([...feed.key]));
  });

  test('it says whose rows it has', () => {
    const fields = feed.columns.map((column) => column.field);
    expect(fields).toContain(feed.personDocument?.field ?? 'certno');
    expect(feed.unusableCertificate === 'none').toBe(feed.personDocument !== undefined);
  });
});

test('every code is explained in Chinese and English', () => {
  for (const words of [...Object.values(rowCodes), ...Object.values(refusalCodes)]) {
    expect(words.zh).toMatch(/[一-鿿]/);
    expect(words.en).toMatch(/^[\x20-\x7e]+[.]$/);
  }
});
