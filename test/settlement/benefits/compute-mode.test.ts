import { beforeEach, describe, expect, test } from 'vitest';
import { previewSettlement } from '../../../functions/settlement/accept.ts';
import { verifyHistory } from '../../../functions/settlement/ledger.ts';
import { statementOf } from '../../../functions/settlement/statement.ts';
import { BenefitTable } from '../../../schemas/benefits.ts';
import { isRefusal } from '../../../schemas/errors.ts';
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
    expect(await year()).toEqual([]);
  });
});

const withTable = (table: object) => ({ ...counter.settings, benefits: BenefitTable.parse(table) });

/** What is kept of the person's year. */
async function year() {
  return counter.items.all(tables.policies).filter(({ sk }) => sk.startsWith('benefits#'));
}
