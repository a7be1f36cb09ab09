import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTiers } from '../../../functions/settlement/benefits/check-tiers.ts';
import { type Benefits, computeBenefits, type Fees } from '../../../functions/settlement/benefits/compute-benefits.ts';
import { BenefitTable } from '../../../schemas/benefits.ts';

const sample = BenefitTable.parse({});

describe('the sample table', () => {
  // 10,000 yuan within the scope; figures of the plan, worked out by hand.
  test.each([
    ['an employee at level 1', { insutype: '310', hosp_lv: '1', psn_type: '11' }, '20000', '882000'],
    ['an employee at level 3', { insutype: '310', hosp_lv: '3', psn_type: '11' }, '80000', '736000'],
    ['a retired employee at level 2', { insutype: '310', hosp_lv: '2', psn_type: '12' }, '50000', '836000'],
    ['a resident in a township hospital', { insutype: '390', hosp_lv: 'town' }, '10000', '841500'],
    ['a resident at level 2', { insutype: '390', hosp_lv: '2' }, '30000', '679000'],
    ['a resident at level 3', { insutype: '390', hosp_lv: '3' }, '50000', '475000'],
    [
      'a referred resident at level 3 elsewhere',
      { insutype: '390', hosp_lv: '3', out_of_area: 'referred' },
      '50000',
      '380000',
    ],
    ['a resident at level 3 elsewhere', { insutype: '390', hosp_lv: '3', out_of_area: 'other' }, '50000', '285000'],
  ] as const)('pays %s', (_, who, deductible, basic) => {
    const computed = compute({ ...who });
    expect(computed.act_pay_dedc).toBe(Number(deductible));
    expect(computed.hifp_pay).toBe(Number(basic));
  });

  test('pays serious illness 60% of what is left, by another field for employees', () => {
    expect(compute({ insutype: '390', hosp_lv: '3' })).toMatchObject({ hifmi_pay: 315_000, hifob_pay: 0 });
    expect(compute({ insutype: '310', hosp_lv: '3', psn_type: '11' })).toMatchObject({
      hifmi_pay: 0,
      hifob_pay: 158_400,
    });
  });

  test('assists named groups with 70% of the rest, and nobody else', () => {
    expect(compute({ idet_types: ['minimum-living'] }).maf_pay).toBe(147_000);
    expect(compute({ idet_types: ['severe-disability'] }).maf_pay).toBe(0);
    expect(compute({}).maf_pay).toBe(0);
  });

  test('stops at the cap of the year, of basic insurance and serious illness together', () => {
    const almost = { paidFen: 80_000_000 - 500_000, leftFen: 0 };
    expect(compute({}, almost)).toMatchObject({ hifp_pay: 475_000, hifmi_pay: 25_000 });
    expect(compute({}, { paidFen: 80_000_000, leftFen: 0 })).toMatchObject({ hifp_pay: 0, hifmi_pay: 0 });
    expect(compute({ idet_types: ['minimum-living'] }, { paidFen: 80_000_000, leftFen: 0 }).maf_pay).toBe(700_000);
  });

  test('counts the deductible of serious illness once a year', () => {
    const table = BenefitTable.parse({ seriousIllness: { deductibleFen: 600_000 } });
    const first = compute({}, undefined, table);
    expect(first.hifmi_pay).toBe(0);
    const { counted } = first;
    expect(counted.leftFen).toBe(525_000);
    expect(compute({}, counted, table).hifmi_pay).toBe(270_000);
    expect(compute({}, { paidFen: 0, leftFen: 1_050_000 }, table).hifmi_pay).toBe(315_000);
  });
});

test.each([
  ['an unknown scheme', { insutype: '399' }, 'no-scheme'],
  ['an out-patient bill', { med_type: '11' }, 'not-in-hospital'],
  ['a bill without the institution’s level', { hosp_lv: undefined }, 'no-level'],
  ['an employee who may have retired', { insutype: '310', psn_type: undefined }, 'no-psn-type'],
  ['a level the table does not have', { insutype: '310', psn_type: '11', hosp_lv: 'town' }, 'no-rule'],
  ['more within the scope than the fees', { inscp_scp_amt: 1_000_001 }, 'scope-above-fees'],
  ['own payments above the fees', { inscp_scp_amt: undefined, fulamt_ownpay_amt: 1_000_001 }, 'scope-above-fees'],
] as const)('%s is not computed, and it is said why', (_, fees, why) => {
  expect(computeBenefits(sample, feesOf(fees as Partial<Fees>), undefined)).toBe(why);
});

test('the scope is the fees without what the person pays alone, where it is not stated', () => {
  const fees = { inscp_scp_amt: undefined, fulamt_ownpay_amt: 100, overlmt_selfpay: 20, preselfpay_amt: 3 };
  expect(compute(fees).inscp_scp_amt).toBe(999_877);
});

test('rounds half a fen up, once for every payer', () => {
  // 101 fen above the deductible at 50%: 50.5.
  expect(compute({ inscp_scp_amt: 50_101 }).hifp_pay).toBe(51);
  // Left: 50,050, of it 60%: 30,030; the rest 20,020, of it 70%: 14,014.
  expect(compute({ inscp_scp_amt: 50_101, idet_types: ['extreme-poverty'] })).toMatchObject({
    hifmi_pay: 30_030,
    maf_pay: 14_014,
  });
});

test('tiers that come computed are compared field by field', () => {
  const computed = compute({ idet_types: ['minimum-living'] });
  const bill = { hifp_pay: 475_000, hifmi_pay: 315_000, hifob_pay: 0, maf_pay: 147_000 };
  expect(checkTiers(bill, computed)).toEqual([]);
  expect(checkTiers({ ...bill, hifmi_pay: 314_999, maf_pay: 0 }, computed)).toEqual([
    { field: 'hifmi_pay', statedFen: 314_999, computedFen: 315_000 },
    { field: 'maf_pay', statedFen: 0, computedFen: 147_000 },
  ]);
});

const anyFees = fc.record({
  insutype: fc.constantFrom('310', '390'),
  psn_type: fc.constantFrom('11', '12', '1401'),
  hosp_lv: fc.constantFrom('1', '2', '3'),
  out_of_area: fc.constantFrom('none', 'referred', 'other'),
  idet_types: fc.subarray(['minimum-living', 'extreme-poverty', 'orphan']),
  medfee_sumamt: fc.integer({ min: 0, max: 1_000_000_000 }),
  scope: fc.double({ min: 0, max: 1, noNaN: true }),
});
const anyYear = fc.record({ paidFen: fc.nat(90_000_000), leftFen: fc.nat(90_000_000) });
const anyTable = fc
  .record({ deductibleFen: fc.nat(2_000_000), ratio: fc.integer({ min: 0, max: 100 }).map((n) => n / 100) })
  .map((seriousIllness) => BenefitTable.parse({ seriousIllness }));

test('no payer pays less than nothing or more than is left, and the patient bears the remainder to the fen', () => {
  fc.assert(
    fc.property(anyFees, anyYear, anyTable, (made, year, table) => {
      const computed = compute(of(made), year, table);
      const { inscp_scp_amt, hifp_pay, hifmi_pay, hifob_pay, maf_pay, fund_pay_sumamt, act_pay_dedc } = computed;
      for (const fen of [hifp_pay, hifmi_pay, hifob_pay, maf_pay]) expect(fen).toBeGreaterThanOrEqual(0);
      expect(hifp_pay).toBeLessThanOrEqual(inscp_scp_amt - act_pay_dedc);
      expect(fund_pay_sumamt).toBe(hifp_pay + hifmi_pay + hifob_pay + maf_pay);
      expect(fund_pay_sumamt).toBeLessThanOrEqual(inscp_scp_amt);
      const cap = made.insutype === '310' ? 50_000_000 : 80_000_000;
      expect(hifp_pay + hifmi_pay + hifob_pay + Math.min(year.paidFen, cap)).toBeLessThanOrEqual(cap);
    }),
  );
});

test('a stay that is billed with more costs never pays less', () => {
  fc.assert(
    fc.property(anyFees, anyYear, fc.nat(1_000_000), (made, year, more) => {
      const larger = { ...of(made), medfee_sumamt: made.medfee_sumamt + more };
      const scope = of(made).inscp_scp_amt! + more;
      const [one, other] = [compute(of(made), year), compute({ ...larger, inscp_scp_amt: scope }, year)];
      expect(other.fund_pay_sumamt).toBeGreaterThanOrEqual(one.fund_pay_sumamt);
    }),
  );
});

test('every amount can be followed: lines lead from the fees to what is paid', () => {
  fc.assert(
    fc.property(anyFees, anyYear, (made, year) => {
      const { explanation, ...computed } = compute(of(made), year);
      expect(explanation[0]).toMatchObject({ baseFen: made.medfee_sumamt, resultFen: computed.inscp_scp_amt });
      for (const { zh, en } of explanation) expect([zh, en].every((text) => text.length > 0)).toBe(true);
      for (const field of ['hifp_pay', 'hifmi_pay', 'hifob_pay', 'maf_pay'] as const) {
        const own = explanation.filter(({ payer }) => payer === field);
        // Each line goes on from the one before it, and the last one is what the payer pays.
        expect(own.slice(1).map(({ baseFen }) => baseFen)).toEqual(own.slice(0, -1).map(({ resultFen }) => resultFen));
        expect(own.at(-1)?.resultFen ?? 0).toBe(computed[field]);
      }
    }),
  );
});

function of({ scope, ...fees }: { scope: number } & Record<string, unknown>): Partial<Fees> {
  return { ...fees, inscp_scp_amt: Math.floor(Number(fees.medfee_sumamt) * scope) } as Partial<Fees>;
}

const feesOf = (fees: Partial<Fees>): Fees => ({
  insutype: '390',
  med_type: '21',
  hosp_lv: '3',
  enddate: '2026-05-02',
  medfee_sumamt: 1_000_000,
  inscp_scp_amt: Math.min(1_000_000, fees.medfee_sumamt ?? 1_000_000),
  ...fees,
});

function compute(fees: Partial<Fees>, before?: { paidFen: number; leftFen: number }, table = sample): Benefits {
  const computed = computeBenefits(table, feesOf(fees), before);
  if (typeof computed === 'string') throw new Error(computed);
  return computed;
}
