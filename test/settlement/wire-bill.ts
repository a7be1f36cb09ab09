import { type PayerField, payerFields } from '../../schemas/bill.ts';
import { yuanOfFen } from '../../schemas/money.ts';

/** What a test wants of a bill: payers in fen; the sums follow from them. */
export type Wanted = Partial<Record<PayerField, number>> & {
  readonly setl_id?: string;
  readonly reverses?: string;
  readonly also?: Record<string, unknown>;
};

/** A bill as the core system sends it; its sums fit. */
export function wireBill({ setl_id, reverses, also, ...payers }: Wanted = {}): Record<string, unknown> {
  const given =
    Object.keys(payers).length > 0 ? payers : { hifp_pay: 600_000, acct_pay: 100_000, psn_cash_pay: 300_000 };
  const sign = reverses === undefined ? 1 : -1;
  const fen = (field: PayerField): number => sign * (given[field] ?? 0);
  const sum = (fields: readonly PayerField[]): number => fields.reduce((total, field) => total + fen(field), 0);
  const own: PayerField[] = ['acct_pay', 'acct_mulaid_pay', 'psn_cash_pay'];
  const all = Object.keys(payerFields) as PayerField[];
  const funds = all.filter((field) => !own.includes(field) && field !== 'hosp_part_amt');
  return {
    setl_id: setl_id ?? (reverses === undefined ? 'S1' : `R-${reverses}`),
    ...(reverses === undefined ? {} : { refd_setl_flag: '1', orig_setl_id: reverses }),
    mdtrt_id: 'M1',
    insutype: '390',
    fixmedins_code: 'H50023600001',
    hosp_lv: '2',
    med_type: '21',
    begndate: '2024-05-20',
    enddate: '2024-06-01',
    setl_time: '2024-06-03 10:00:00',
    psn_cert_type: '01',
    certno: '110101199003074477',
    psn_name: '张三',
    ...Object.fromEntries(all.filter((field) => fen(field) !== 0).map((field) => [field, yuanOfFen(fen(field))])),
    fund_pay_sumamt: yuanOfFen(sum(funds)),
    psn_part_amt: yuanOfFen(sum(own)),
    medfee_sumamt: yuanOfFen(sum(all)),
    ...also,
  };
}
