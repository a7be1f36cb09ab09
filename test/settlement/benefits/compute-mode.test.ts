import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { previewSettlement } from '../../../functions/settlement/accept.ts';
import { addCounted, verifyAccumulators, verifyHistory } from '../../../functions/settlement/ledger.ts';
import { statementOf } from '../../../functions/settlement/statement.ts';
import { accumulatorPage } from '../../../functions/settlement/verify-ledger.ts';
import { BenefitTable } from '../../../schemas/benefits.ts';
import { isRefusal } from '../../../schemas/errors.ts';
import type { Counted } from '../../../schemas/ledger.ts';
import { fenOfYuan, yuanOfFen } from '../../../schemas/money.ts';
import type { SettlementAnswer } from '../../../schemas/settlement.ts';
import { Counter, tables } from '../counter.ts';
import { wireBill } from '../wire-bill.ts';

/** A bill with its fees alone: 10,000 yuan within the scope, of a resident at a hospital of level 3. */
function feesBill(more: object = {}) {
  const { setl_id, mdtrt_id, fixmedins_code, begndate, enddate, setl_time, certno } = wireBill({});
  return {
    setl_id,
    mdtrt_id,
    fixmedins_code,
    begndate,
    enddate,
    setl_time,
    certno,
    compute: true,
    insutype: '390',
    med_type: '21',
    hosp_lv: '3',
    medfee_sumamt: '12000.00',
    inscp_scp_amt: '10000.00',
    ...more,
  };
}

let counter: Counter;
beforeEach(() => {
  counter = new Counter();
});

describe('a bill that brings its fees only', () => {
  test('is settled by the benefit table, every line explained, and its statement says so from the ledger', async () => {
    const answer = await counter.answer(feesBill({ idet_types: ['minimum-living'] }));
    expect(answer.payers).toEqual({ hifp_pay: '4750.00', hifmi_pay: '3150.00', maf_pay: '1470.00' });
    expect(answer.psn_cash_pay).toBe('2630.00');
    expect(answer.benefits).toMatchObject({ how: 'computed', differs: [] });
    expect(answer.benefits!.lines.map(({ payer, result_amt }) => [payer, result_amt])).toEqual([
      ['hifp_pay', '10000.00'],
      ['hifp_pay', '9500.00'],
      ['hifp_pay', '4750.00'],
      ['hifmi_pay', '3150.00'],
      ['maf_pay', '1470.00'],
    ]);
    const history = await counter.services.store.history('S1');
    expect(verifyHistory('S1', history).faults).toEqual([]);
    const line = statementOf(history.entries)!.lines.find(({ account }) => account === 'payer:hifmi_pay');
    expect(line).toMatchObject({ amount: '3150.00', explanation: [{ base: '5250.00', result: '3150.00' }] });
  });

  test('leaves to the hospital what it bears itself', async () => {
    const answer = await counter.answer(feesBill({ hosp_part_amt: '100.00' }));
    expect(answer.payers).toEqual({ hifp_pay: '4750.00', hifmi_pay: '3150.00', hosp_part_amt: '100.00' });
    expect(answer.psn_cash_pay).toBe('4000.00');
    expect((await counter.state()).bill).toMatchObject({ fund_pay_sumamt: 790_000, psn_part_amt: 400_000 });
  });

  test('counts in the person’s year once, however often it comes, and the next bill is computed from there', async () => {
    counter.settings = withTable({ annualCapFen: { resident: 1_000_000 } });
    for (let times = 0; times < 3; times += 1) await counter.answer(feesBill());
    expect(await year()).toMatchObject([{ year: '2024', scheme: 'resident', paidFen: 790_000, leftFen: 525_000 }]);
    const second = await counter.answer(feesBill({ setl_id: 'S2' }));
    expect(second.payers).toEqual({ hifp_pay: '2100.00' });
  });

  test('gives back to the person’s year what it counted when it is reversed', async () => {
    await counter.answer(feesBill());
    const { certno, ...bill } = feesBill() as ReturnType<typeof feesBill> & { compute?: boolean };
    delete (bill as { compute?: boolean }).compute;
    const amounts = { hifp_pay: '-4750.00', hifmi_pay: '-3150.00', fund_pay_sumamt: '-7900.00' };
    await counter.answer({
      ...bill,
      certno,
      setl_id: 'R1',
      orig_setl_id: 'S1',
      refd_setl_flag: '1',
      medfee_sumamt: '-12000.00',
      inscp_scp_amt: '-10000.00',
      psn_part_amt: '-4100.00',
      psn_cash_pay: '-4100.00',
      ...amounts,
    });
    expect(await year()).toMatchObject([{ paidFen: 0, leftFen: 0 }]);
  });

  test('two at the same moment are computed one after the other', async () => {
    counter.settings = withTable({ annualCapFen: { resident: 1_000_000 } });
    const both = await Promise.all([counter.answer(feesBill()), counter.answer(feesBill({ setl_id: 'S2' }))]);
    const paid = both.map(({ payers }) => Number(payers.hifp_pay ?? 0) + Number(payers.hifmi_pay ?? 0));
    expect(paid[0]! + paid[1]!).toBe(10_000);
  });

  test('may be previewed without effect', async () => {
    const answer = await previewSettlement(counter.services, Buffer.from(JSON.stringify(feesBill())));
    expect(isRefusal(answer) ? answer.code : answer.payers).toEqual({ hifp_pay: '4750.00', hifmi_pay: '3150.00' });
    expect(counter.items.all(tables.settlements)).toEqual([]);
  });

  test.each([
    ['an out-patient visit', { med_type: '11' }, 'not-in-hospital'],
    ['an account that is to pay more than is left', { acct_pay: '4100.01' }, 'account-above-rest'],
  ])('%s is refused with the reason, reported, and changes nothing', async (_, more, why) => {
    expect(await previewSettlement(counter.services, Buffer.from(JSON.stringify(feesBill(more))))).toMatchObject({
      code: 'settlement/not-computable',
    });
    expect(counter.items.all(tables.settlements)).toEqual([]);
    expect(await counter.settle(feesBill(more))).toMatchObject({ code: 'settlement/not-computable', details: { why } });
    const kept = counter.items.all(tables.settlements);
    expect(kept).toMatchObject([{ class: 'not-computable', setl_id: 'S1' }]);
    expect(await year()).toEqual([]);
  });

  test.each([{ hifp_pay: '1.00' }, { compute: 'yes' }, { refd_setl_flag: '1', orig_setl_id: 'S0' }])(
    'with %j is no such bill',
    async (more) => {
      expect(await counter.settle(feesBill(more))).toMatchObject({ code: 'settlement/bad-bill' });
    },
  );
});

describe('a bill whose tiers come computed', () => {
  const tiers = { hifp_pay: '4750.00', hifmi_pay: '3150.00', fund_pay_sumamt: '7900.00' };
  const bill = (more: object = {}) => {
    const { compute: _, ...facts } = feesBill();
    return { ...facts, ...tiers, psn_part_amt: '4100.00', psn_cash_pay: '4100.00', ...more };
  };

  test('is compared where the area wants it, settled as it came, and differences are reported', async () => {
    counter.settings = withTable({ checkTiers: true });
    const right = await counter.answer(bill());
    expect(right.benefits).toMatchObject({ how: 'compared', differs: [] });
    const wrong = await counter.answer(
      bill({
        setl_id: 'S2',
        hifp_pay: '4749.99',
        psn_part_amt: '4100.01',
        psn_cash_pay: '4100.01',
        fund_pay_sumamt: '7899.99',
      }),
    );
    expect(wrong.payers.hifp_pay).toBe('4749.99');
    expect(wrong.benefits!.differs).toEqual([{ field: 'hifp_pay', stated: '4749.99', computed: '4750.00' }]);
    const found = counter.items.all(tables.settlements).filter(({ class: kind }) => kind === 'tiers-differ');
    expect(found).toMatchObject([{ setl_id: 'S2', hubFen: 475_000, otherFen: 474_999 }]);
  });

  test('is not compared otherwise', async () => {
    expect(await counter.answer(bill({ hifp_pay: '4750.00' }))).not.toHaveProperty('benefits');
    expect(await year()).toMatchObject([{ year: '2024', scheme: 'resident', paidFen: 790_000, leftFen: 525_000 }]);
  });

  test('uses up the same cap and the same deductible as one that is computed here, and gives them back', async () => {
    counter.settings = withTable({ annualCapFen: { resident: 1_000_000 }, seriousIllness: { deductibleFen: 600_000 } });
    for (let times = 0; times < 3; times += 1) await counter.answer(bill());
    expect(await year()).toMatchObject([{ paidFen: 790_000, leftFen: 525_000 }]);
    const next = { setl_id: 'S2', medfee_sumamt: '3000.00', inscp_scp_amt: '3000.00' };
    // 1250 by basic insurance; of 5250 and 1750 left in the year, 1000 lie above the deductible; 850 are left of the cap.
    expect((await counter.answer(feesBill(next))).payers).toEqual({ hifp_pay: '1250.00', hifmi_pay: '600.00' });
    expect((await counter.answer(feesBill({ ...next, setl_id: 'S3' }))).payers).toEqual({ hifp_pay: '250.00' });
    await counter.answer(reversalOf(bill()));
    expect((await counter.answer(feesBill({ ...next, setl_id: 'S4' }))).payers.hifp_pay).toBe('1250.00');
  });

  test('is the same to the year whoever computed it, and to every bill that comes after it', async () => {
    const anyStay = fc.record({
      medfee: fc.integer({ min: 0, max: 3_000_000 }),
      scope: fc.double({ min: 0, max: 1, noNaN: true }),
      stated: fc.boolean(),
    });
    const table = { annualCapFen: { resident: 2_000_000 }, seriousIllness: { deductibleFen: 800_000 } };
    await fc.assert(
      fc.asyncProperty(fc.array(anyStay, { minLength: 1, maxLength: 5 }), async (stays) => {
        const [here, there] = [new Counter(), new Counter()];
        here.settings = there.settings = withTable(table);
        for (const [n, { medfee, scope, stated }] of stays.entries()) {
          const fees = {
            setl_id: `S${n}`,
            medfee_sumamt: yuanOfFen(medfee),
            inscp_scp_amt: yuanOfFen(Math.floor(medfee * scope)),
          };
          const computed = await here.answer(feesBill(fees));
          const came = await there.answer(stated ? withTiers(feesBill(fees), computed) : feesBill(fees));
          expect(came.payers).toEqual(computed.payers);
        }
        expect(sums(await year(there))).toEqual(sums(await year(here)));
      }),
      { numRuns: 60 },
    );
  });

  test('counts once beside others at the same moment, and a computed one among them sees them', async () => {
    counter.settings = withTable({ annualCapFen: { resident: 2_000_000 } });
    const ids = Array.from({ length: 8 }, (_, n) => `S${n}`);
    const all = await Promise.all([
      ...ids.map((setl_id) => counter.answer(bill({ setl_id, ...small }))),
      counter.answer(feesBill({ setl_id: 'F' })),
    ]);
    expect(all).toHaveLength(9);
    expect(await year()).toMatchObject([
      { paidFen: 8 * 100_000 + 790_000, leftFen: 8 * 900_000 + 525_000, version: 9 },
    ]);
  });

  test.each([
    ['an out-patient visit', { med_type: '11' }, []],
    ['a scheme that the table does not know', { insutype: '399' }, []],
    ['a level that the table does not know', { hosp_lv: undefined }, [{ paidFen: 790_000, leftFen: 525_000 }]],
    ['fees whose scope nobody states', { inscp_scp_amt: undefined }, [{ paidFen: 790_000, leftFen: 0 }]],
    [
      'fees of which the person bears some alone',
      { inscp_scp_amt: undefined, fulamt_ownpay_amt: '1500.00', preselfpay_amt: '500.00' },
      [{ paidFen: 790_000, leftFen: 525_000 }],
    ],
  ])('of %s the year counts what the bill states, and no guess', async (_, more, counted) => {
    await counter.answer(bill(more));
    expect(await year()).toMatchObject(counted);
    expect(await year()).toHaveLength(counted.length);
  });

  test('is in the ledger as what the year has is, and both agree', async () => {
    await counter.answer(bill());
    await counter.answer(feesBill({ setl_id: 'S2' }));
    await counter.answer(bill({ setl_id: 'S3' }));
    await counter.answer(reversalOf(bill()));
    const total = new Map<string, Counted>();
    for (const id of ['S1', 'S2', 'S3']) {
      const { faults, counted } = verifyHistory(id, await counter.services.store.history(id));
      expect(faults).toEqual([]);
      for (const one of counted) addCounted(total, one);
    }
    const { kept } = await accumulatorPage(counter.services, undefined);
    expect(kept).toHaveLength(1);
    expect(verifyAccumulators(total, kept, kept)).toEqual([]);
  });
});

/** Fund 1000 of 10,000 within the scope. */
const small = {
  ...{ medfee_sumamt: '10000.00', hifp_pay: '1000.00', hifmi_pay: '0.00', fund_pay_sumamt: '1000.00' },
  ...{ psn_part_amt: '9000.00', psn_cash_pay: '9000.00' },
};

/** The bill as a core system that computes the same sends it. */
function withTiers(fees: ReturnType<typeof feesBill>, { payers, psn_cash_pay }: SettlementAnswer) {
  const { compute: _, ...facts } = fees;
  const fund = Object.values(payers).reduce((sum, amount) => sum + Number(fenOfYuan(amount)), 0);
  return { ...facts, ...payers, fund_pay_sumamt: yuanOfFen(fund), psn_part_amt: psn_cash_pay, psn_cash_pay };
}

function reversalOf(bill: Record<string, unknown>) {
  const isAmount = (field: string) => /_(pay|amt|sumamt)$/.test(field);
  const opposite = Object.entries(bill).map(([field, value]) => [field, isAmount(field) ? `-${value}` : value]);
  return { ...Object.fromEntries(opposite), setl_id: 'R1', refd_setl_flag: '1', orig_setl_id: String(bill.setl_id) };
}

/** Nothing counted is nothing kept. */
const sums = (kept: readonly Record<string, unknown>[]) =>
  kept.map(({ paidFen, leftFen }) => [paidFen, leftFen]).filter((of) => of.some((fen) => fen !== 0));

const withTable = (table: object) => ({ ...counter.settings, benefits: BenefitTable.parse(table) });

/** What is kept of the person's year. */
async function year(of = counter) {
  return of.items.all(tables.policies).filter(({ sk }) => sk.startsWith('benefits#'));
}
