import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repairedNumbers } from '../../functions/crosscheck/near-id.ts';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';
import { checkCharacter, readCertificate } from '../../schemas/certificate.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase({ memoryMb: 300, threads: 2, tempDir: tmpdir() });
});
afterAll(() => database.close());

const validNumber = fc
  .tuple(
    fc.integer({ min: 100000, max: 999999 }),
    fc.date({ min: new Date('1900-01-01'), max: new Date('2022-12-31'), noInvalidDate: true }),
    fc.integer({ min: 0, max: 999 }),
  )
  .map(([area, born, sequence]) => {
    const first17 = `${area}${born.toISOString().slice(0, 10).replaceAll('-', '')}${String(sequence).padStart(3, '0')}`;
    return first17 + checkCharacter(first17);
  });

/** Every number that one substitution or one swap makes of another: tried out, not calculated. */
function neighbours(number: string): string[] {
  const all = new Set<string>();
  for (let at = 0; at < 18; at++) {
    for (const character of at === 17 ? '0123456789X' : '0123456789')
      all.add(number.slice(0, at) + character + number.slice(at + 1));
    if (at < 17) all.add(number.slice(0, at) + number[at + 1] + number[at] + number.slice(at + 2));
  }
  all.delete(number);
  return [...all];
}

const isValid = (number: string) => {
  const { status } = readCertificate('01', number);
  return status === 'ok' || status === 'placeholder';
};

async function repairsOf(numbers: readonly string[]): Promise<Map<string, string[]>> {
  const values = numbers.map((number) => `('${number}')`).join(', ');
  const rows = await database.all<{ number: string; repaired: string }>(
    repairedNumbers(`SELECT DISTINCT number FROM (VALUES ${values}) AS bad(number)`),
  );
  return new Map(
    numbers.map((number) => [number, rows.filter((row) => row.number === number).map((row) => row.repaired)]),
  );
}

it('finds every valid number one substitution or swap away, and no other', async () => {
  const damaged = fc
    .tuple(validNumber, fc.nat(17), fc.constantFrom(...'0123456789XO*'))
    .map(([number, at, character]) => number.slice(0, at) + character + number.slice(at + 1));
  await fc.assert(
    fc.asyncProperty(fc.array(damaged, { minLength: 1, maxLength: 40 }), async (numbers) => {
      const bad = [...new Set(numbers)].filter((number) => !isValid(number));
      fc.pre(bad.length > 0);
      for (const [number, repairs] of await repairsOf(bad)) {
        expect(repairs.toSorted()).toEqual(neighbours(number).filter(isValid).toSorted());
      }
    }),
    { numRuns: 20 },
  );
});

it('undoes a swap that brought the X before the last place', async () => {
  const numbers = Array.from({ length: 100 }, (_, i) => `110101199003010${String(i).padStart(2, '0')}`);
  const right = numbers.map((first17) => first17 + checkCharacter(first17)).find((number) => number.endsWith('X'))!;
  const swapped = `${right.slice(0, 16)}X${right[16]}`;
  expect((await repairsOf([swapped])).get(swapped)).toContain(right);
});
