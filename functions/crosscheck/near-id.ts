import { BIRTH_YEARS, WEIGHTS } from '../../schemas/certificate.ts';

/**
 * SELECT of (number, repaired): every valid 18-character citizen number that differs from a bad one by one
 * substituted character or one swap of neighbours. `numbers` is a SELECT of the distinct bad `number`s.
 *
 * The check is a sum of weight × digit that must leave 1 (mod 11), so each position has at most one digit that
 * repairs the number, found by dividing: 35 candidates a number instead of 200 trials, and no comparison of
 * everybody with everybody. What is left with an impossible birth date is dropped.
 */
export function repairedNumbers(numbers: string): string {
  const positions = [...WEIGHTS, 1].map((weight, index) => `(${index + 1}, ${weight}, ${inverse(weight)})`);
  return `
    WITH positions AS (SELECT * FROM (VALUES ${positions.join(', ')}) AS positions(place, weight, inverse)),
    characters AS (
      SELECT number, place, weight, inverse, strpos('0123456789X', number[place]) - 1 AS value,
        -- X stands for ten, at the end only; any other character is worth nothing and must be the one repaired.
        value < 0 OR value = 10 AND place < 18 AS wrong
      FROM (${numbers}), positions
    ),
    sums AS (
      SELECT number, sum(weight * greatest(value, 0))::BIGINT AS total, count(*) FILTER (wrong) AS wrongs
      FROM characters GROUP BY number
    ),
    substituted AS (
      SELECT number, place, value,
        ((1 - total + weight * greatest(value, 0)) * inverse % 11 + 11) % 11 AS fitting
      FROM characters JOIN sums USING (number)
      WHERE wrongs = wrong::INTEGER
    ),
    swapped AS (
      SELECT number, a.place
      FROM characters a JOIN characters b USING (number) JOIN sums USING (number)
      WHERE b.place = a.place + 1 AND a.value <> b.value AND a.value >= 0 AND b.value BETWEEN 0 AND 9
        AND (a.value < 10 OR b.place = 18) AND wrongs = a.wrong::INTEGER
        AND ((total + (a.weight - b.weight) * (b.value - a.value) - 1) % 11 + 11) % 11 = 0
    ),
    repairs AS (
      SELECT number, number[:place - 1] || '0123456789X'[fitting + 1] || number[place + 1:] AS repaired
      FROM substituted WHERE fitting <> value AND (fitting < 10 OR place = 18)
      UNION
      SELECT number, number[:place - 1] || number[place + 1] || number[place] || number[place + 2:] FROM swapped
    )
    SELECT number, repaired FROM repairs
    WHERE try_strptime(repaired[7:14], '%Y%m%d') IS NOT NULL
      AND repaired[7:10] BETWEEN '${BIRTH_YEARS.first}' AND '${BIRTH_YEARS.last}'`;
}

/** Modulo 11. */
function inverse(weight: number): number {
  for (let candidate = 1; candidate < 11; candidate++) if ((weight * candidate) % 11 === 1) return candidate;
  throw new Error(`${weight} has no inverse modulo 11`);
}
