import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBill } from '../../functions/settlement/read-bill.ts';
import { hubShare } from '../../functions/settlement/shares.ts';
import { Bill } from '../../schemas/bill.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { BenefitRules, ProductOnWire } from '../../schemas/product.ts';
import { computes, usccs } from './insurers.ts';
import { wireBill } from './wire-bill.ts';

const [A] = usccs(1) as [string];
const bill = (() => {
  const read = readBill(Buffer.from(JSON.stringify(wireBill())), 'a secret of at least thirty-two characters');
  if (isRefusal(read)) throw new Error(read.code);
  return read.bill;
})();
const none = { year: '2024', deductibleFen: 0, countedFen: 0, paidFen: 0, version: 0 };

/** Rules with random bands, cap and deductible; ratios in whole percent, so that the oracle stays exact. */
const anyRules = fc
  .record({
    deductible: fc.integer({ min: 0, max: 3000 }),
    steps: fc.array(
      fc.record({ width: fc.integer({ min: 1, max: 2000 }), percent: fc.integer({ min: 0, max: 100 }) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    open: fc.boolean(),
    annualCap: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }),
  })
  .map(({ deductible, steps, open, annualCap }) => {
    let upTo = 0;
    const bands = steps.map(({ width, percent }, at) => {
      upTo += width;
      return { ...(open && at === steps.length - 1 ? {} : { upTo }), ratio: percent / 100 };
    });
    return BenefitRules.parse({ counts: 'all', deductible, bands, ...(annualCap === undefined ? {} : { annualCap }) });
  });

/** The same the slow way: every fen of the year walks through deductible, bands and cap by itself, in hundredths. */
function fenByFen(rules: BenefitRules, bills: readonly number[]): number[] {
  let [used, counted, paid] = [0, 0, 0];
  return bills.map((left) => {
    let hundredths = 0;
    for (let fen = 0; fen < left; fen += 1) {
      if (used < rules.deductible) {
        used += 1;
        continue;
      }
      const band = rules.bands.find(({ upTo = Number.POSITIVE_INFINITY }) => counted < upTo);
      counted += 1;
      hundredths += Math.round((band?.ratio ?? 0) * 100);
    }
    const share = Math.min(Math.floor((hundredths + 50) / 100), (rules.annualCap ?? Number.POSITIVE_INFINITY) - paid);
    paid += share;
    return share;
  });
}

test('the bills of a year come to what every fen, walked through the rules by itself, comes to', () => {
  fc.assert(
    fc.property(
      anyRules,
      fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 6 }),
      (rules, bills) => {
        let accumulator = none;
        const shares = bills.map((leftFen) => {
          const { paidFen, counted } = hubShare(rules, { pre_existing: false, accumulator }, bill, {
            leftFen,
            insuredFen: 0,
          });
          accumulator = {
            ...accumulator,
            deductibleFen: accumulator.deductibleFen + counted.deductibleFen,
            countedFen: accumulator.countedFen + counted.countedFen,
            paidFen: accumulator.paidFen + counted.paidFen,
          };
          return paidFen;
        });
        expect(shares).toEqual(fenByFen(rules, bills));
      },
    ),
  );
});

const rulesOf = (rules: object): BenefitRules => {
  const product = ProductOnWire.parse(computes(A, 'p', rules));
  if (product.mode !== 'hub') throw new Error('not computed here');
  return BenefitRules.parse(product.rules);
};
const shareOf = (
  rules: object,
  more: { pre_existing?: boolean; leftFen?: number; insuredFen?: number; bill?: object } = {},
) =>
  hubShare(
    rulesOf(rules),
    { pre_existing: more.pre_existing ?? false, accumulator: none },
    Bill.parse({ ...bill, ...more.bill }),
    { leftFen: more.leftFen ?? 400_000, insuredFen: more.insuredFen ?? 0 },
  );

test('half a fen goes up, once, after all bands', () => {
  expect(shareOf({ deductible: '0', bands: [{ ratio: 0.5 }] }, { leftFen: 1 }).paidFen).toBe(1);
  expect(
    shareOf({ deductible: '0', bands: [{ upTo: '0.01', ratio: 0.5 }, { ratio: 0.5 }] }, { leftFen: 2 }).paidFen,
  ).toBe(1);
});

test('every step that comes to something is explained, and the last one says what is paid; a band that nothing reaches is not named', () => {
  const bands = [{ upTo: '1000.00', ratio: 0.5 }, { upTo: '3000.00', ratio: 0.6 }, { ratio: 0.8 }];
  const explained = (rules: object, leftFen: number) => {
    const { paidFen, explanation } = shareOf({ deductible: '500.00', bands, ...rules }, { leftFen });
    return [...explanation.map(({ en, baseFen, resultFen }) => `${en}: ${baseFen} ${resultFen}`), paidFen];
  };
  const deductible = 'Less the deductible of the year';
  expect(explained({}, 150_000)).toEqual([`${deductible}: 150000 100000`, 'At 50%: 100000 50000', 50_000]);
  expect(explained({ annualCap: '600.00' }, 250_000)).toEqual([
    ...[`${deductible}: 250000 200000`, 'At 50%: 100000 50000', 'At 60%: 100000 60000'],
    ...['Up to the cap of the year: 110000 60000', 60_000],
  ]);
});

test('a pre-existing condition multiplies the ratio', () => {
  expect(
    shareOf({ deductible: '0', bands: [{ ratio: 0.7 }], preExistingFactor: 0.5 }, { pre_existing: true }).paidFen,
  ).toBe(140_000);
  expect(shareOf({ deductible: '0', bands: [{ ratio: 0.7 }], preExistingFactor: 0.5 }).paidFen).toBe(280_000);
});

test('within the policy, only what funds and earlier insurers left of the scope counts', () => {
  // 8000 in scope, 6000 paid by funds, 500 by an insurer before: 1500 count of 3500 left.
  const share = shareOf(
    { counts: 'within-policy', deductible: '0', bands: [{ ratio: 1 }] },
    { bill: { inscp_scp_amt: 800_000 }, leftFen: 350_000, insuredFen: 50_000 },
  );
  expect(share).toMatchObject({ paidFen: 150_000, explanation: [{ baseFen: 350_000, resultFen: 150_000 }, {}, {}] });
});

test('an amount of 10^13 yuan is computed to the fen', () => {
  const share = shareOf({ deductible: '0.01', bands: [{ ratio: 0.9 }] }, { leftFen: 1e15 });
  expect(share.paidFen).toBe(Number(((10n ** 15n - 1n) * 9n * 10n + 50n) / 100n));
});

test.each([
  [
    'bands that fall',
    [
      { upTo: '2.00', ratio: 0.5 },
      { upTo: '1.00', ratio: 0.5 },
    ],
  ],
  ['a band after one without end', [{ ratio: 0.5 }, { upTo: '1.00', ratio: 0.5 }]],
  ['a ratio above 1', [{ ratio: 1.1 }]],
  ['no band', []],
])('a declaration with %s is refused', (_, bands) => {
  expect(ProductOnWire.safeParse(computes(A, 'p', { bands })).success).toBe(false);
});
