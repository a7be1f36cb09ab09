import type { Day } from './civil-days.ts';
import type { County } from './county.ts';
import type { Person } from './households.ts';
import {
  colleges,
  countyCode,
  countyName,
  employers,
  hospitals,
  type Institution,
  pharmacies,
  schools,
} from './places.ts';

/** Feeds of the first wave, in the order agencies usually deliver them. */
export const feedNames = [
  'population',
  'enrolment',
  'premium-payment',
  'settlement',
  'hardship',
  'rural-monitoring',
  'death-police',
  'cremation',
  'policy-roster',
] as const;
export type FeedName = (typeof feedNames)[number];

/**
 * Field → value: days as `Day`, amounts as integer fen, date-times as seconds since 1970 (civil), codes and texts as
 * strings. The person block is the person's own unless a field of it is given here.
 */
export type Cells = { readonly [field: string]: string | number | undefined };
export type Row = { readonly feed: FeedName; readonly cells: Cells };

/** Row of the police's population list. */
export function registered(person: Person, changes: Cells = {}): Cells {
  const { no, kind, registeredAt, village } = person.household;
  return add(person, 'population', {
    pop_kind: kind,
    hukou_admdvs: registeredAt,
    live_admdvs: village,
    household_no: `HH${countyCode}${String(no).padStart(8, '0')}`,
    pop_stas: '1',
    chg_date: undefined,
    former_name: undefined,
    ...changes,
  });
}

/** Enrolment with the residents' scheme (class R) for one year. */
export function resident(person: Person, county: County, changes: Cells = {}): Cells {
  const year = county.coverYear;
  const psnType = residentType(person.age, county);
  const school = psnType === '1403' ? schools : psnType === '1404' ? colleges : undefined;
  return add(person, 'enrolment', {
    psn_no: county.next('psn'),
    insutype: '390',
    psn_type: psnType,
    psn_insu_stas: '1',
    psn_clct_stas: '1',
    insuplc_admdvs: countyCode,
    insu_year: String(year),
    psn_insu_date: Math.max(person.born, county.coverBegins),
    paus_insu_date: undefined,
    cont_months: undefined,
    emp_name: undefined,
    live_admdvs: person.household.village,
    grad_schl: school && county.dice.pick(school),
    schl_admdvs: school && countyCode,
    ...changes,
  });
}

/** Enrolment with the employees' scheme (class E), in service or, from the pension age on, retired. */
export function employee(person: Person, county: County, changes: Cells = {}): Cells {
  const { dice } = county;
  const retired = isRetired(person);
  const careerDays = Math.max(200, Math.min(24 * 365, (person.age - 19) * 365));
  return add(person, 'enrolment', {
    psn_no: county.next('psn'),
    insutype: '310',
    psn_type: retired ? '12' : '11',
    psn_insu_stas: '1',
    psn_clct_stas: retired ? undefined : '1',
    insuplc_admdvs: countyCode,
    insu_year: undefined,
    psn_insu_date: county.monthBegin(county.newYear - dice.whole(120, careerDays)),
    paus_insu_date: undefined,
    cont_months: retired ? undefined : dice.whole(1, 240),
    emp_name: dice.pick(employers),
    live_admdvs: person.household.village,
    grad_schl: undefined,
    schl_admdvs: undefined,
    ...changes,
  });
}

export function isRetired(person: Person): boolean {
  return person.age >= (person.sex === 1 ? 60 : 53);
}

/** A premium ticket of the residents' scheme for the insurance year, paid in full by the person. */
export function ticket(person: Person, county: County, changes: Cells = {}): Cells {
  return add(person, 'premium-payment', {
    ticket_no: county.next('ticket'),
    insutype: '390',
    pay_year: String(county.year),
    paid_amt: contributionFen,
    subs_amt: undefined,
    subs_type: undefined,
    pay_date: Math.max(person.born, county.payDay()),
    insuplc_admdvs: countyCode,
    refund_flag: undefined,
    orig_ticket_no: undefined,
    ...changes,
  });
}

/** What a resident's cover costs a year, and what of it others pay, by category: the sample table of the rules. */
export const contributionFen = 320_00;
export const subsidyFen: Readonly<Record<string, number>> = {
  'extreme-poverty': 320_00,
  orphan: 320_00,
  'de-facto-unsupported-child': 320_00,
  'minimum-living': 280_00,
  'returned-to-poverty': 250_00,
  'unstable-exit': 160_00,
  'at-risk': 160_00,
  'sudden-hardship': 160_00,
  'minimum-living-edge': 160_00,
  'severe-disability': 160_00,
  'stable-exit': 0,
};

/** The row that takes a ticket back, or a part of it. */
export function refund(person: Person, county: County, of: Cells, days: number, part: Cells = {}): Cells {
  return add(person, 'premium-payment', {
    ...of,
    ticket_no: county.next('ticket'),
    paid_amt: -Number(of.paid_amt),
    subs_amt: of.subs_amt === undefined ? undefined : -Number(of.subs_amt),
    pay_date: Number(of.pay_date) + days,
    refund_flag: '1',
    orig_ticket_no: of.ticket_no,
    ...part,
  });
}

/** The civil-affairs list. */
export function inHardship(person: Person, type: string, begin: Day, changes: Cells = {}): Cells {
  return add(person, 'hardship', {
    idet_type: type,
    begn_date: begin,
    end_date: undefined,
    family_no: `F${countyCode}${String(person.household.no).padStart(8, '0')}`,
    idet_admdvs: person.household.village,
    ...changes,
  });
}

/** The list of households watched against falling back into poverty. */
export function monitored(person: Person, type: string, begin: Day, changes: Cells = {}): Cells {
  return add(person, 'rural-monitoring', {
    monitor_type: type,
    risk_stas: '0',
    begn_date: begin,
    end_date: undefined,
    household_no: `M${countyCode}${String(person.household.no).padStart(8, '0')}`,
    admdvs: person.household.village,
    ...changes,
  });
}

/** The police's cancellations: a death (type 1) reported some days later, unless changed. */
export function cancelled(person: Person, death: Day | undefined, reported: Day, changes: Cells = {}): Cells {
  return add(person, 'death-police', {
    canc_type: '1',
    death_date: death,
    canc_date: reported,
    restored: undefined,
    ...changes,
  });
}

export function cremated(person: Person, county: County, death: Day | undefined, cremation: Day): Cells {
  return add(person, 'cremation', {
    crem_date: cremation,
    death_date: death,
    crem_no: county.next('cremation'),
    fnrl_home: `${countyName}殡仪馆`,
  });
}

export type Bill = {
  readonly medType: string;
  readonly begin: Day;
  readonly end?: Day;
  readonly fundFen: number;
  readonly personFen: number;
  readonly at?: Institution;
  readonly insutype?: '310' | '390';
  readonly assistance?: boolean;
};

/** A settlement whose sums balance: fund + person = total, account + cash = person, the payers = fund. */
export function settle(person: Person, county: County, bill: Bill, changes: Cells = {}): Cells {
  const { dice } = county;
  const { medType, begin, fundFen, personFen, insutype = '390' } = bill;
  const end = bill.end ?? begin;
  const at = bill.at ?? dice.pick(medType === '41' ? pharmacies : hospitals);
  const total = fundFen + personFen;
  const ownPay = Math.floor(personFen * 0.3);
  const overLimit = Math.floor(personFen * 0.05);
  const first = Math.floor(personFen * 0.15);
  const seriousIllness = fundFen > 500_000 ? Math.floor(fundFen * 0.12) : 0;
  const assistance = bill.assistance ? Math.floor(fundFen * 0.1) : 0;
  const account = insutype === '310' ? Math.floor(personFen / 3) : 0;
  return add(person, 'settlement', {
    setl_id: county.next('settlement'),
    mdtrt_id: county.next('visit'),
    refd_setl_flag: undefined,
    orig_setl_id: undefined,
    insutype,
    fixmedins_code: at.code,
    fixmedins_name: at.name,
    med_type: medType,
    begndate: begin,
    enddate: end,
    setl_time: end * 86_400 + dice.whole(8 * 3600, 17 * 3600),
    medfee_sumamt: total,
    inscp_scp_amt: total - ownPay - overLimit - first,
    fulamt_ownpay_amt: ownPay,
    overlmt_selfpay: overLimit,
    preselfpay_amt: first,
    act_pay_dedc: Math.min(end > begin ? 300_00 : 0, personFen - ownPay - overLimit - first),
    hifp_pay: fundFen - seriousIllness - assistance,
    hifmi_pay: insutype === '390' ? seriousIllness : 0,
    hifob_pay: insutype === '310' ? seriousIllness : 0,
    maf_pay: assistance,
    oth_pay: 0,
    fund_pay_sumamt: fundFen,
    psn_part_amt: personFen,
    acct_pay: account,
    psn_cash_pay: personFen - account,
    setl_type: '2',
    ...changes,
  });
}

/** The row that takes a settlement back: its own number, negative amounts, the day after. */
export function takenBack(person: Person, county: County, of: Cells): Cells {
  const negative = Object.entries(of).map(([field, value]) => [field, isAmount(field) ? 0 - Number(value) : value]);
  return add(person, 'settlement', {
    ...Object.fromEntries(negative),
    setl_id: county.next('settlement'),
    refd_setl_flag: '1',
    orig_setl_id: of.setl_id,
    setl_time: Number(of.setl_time) + 86_400,
  });
}

/** A policy of one of the three insurers, with the person's consent. */
export function policy(person: Person, county: County, changes: Cells = {}): Cells {
  const { dice } = county;
  const insurer = dice.pick(insurers);
  const no = county.next('policy');
  const begin = county.newYear - dice.whole(0, 150);
  return add(person, 'policy-roster', {
    insurer_uscc: insurer,
    product_code: `PRD${insurer.slice(-3)}${dice.whole(1, 4)}`,
    policy_no: dice.chance(0.3) ? `G${insurer.slice(-4)}${dice.whole(100, 140)}` : no,
    policy_sub_no: no,
    begn_date: begin,
    end_date: begin + 365,
    wait_end: dice.chance(0.6) ? begin + 30 : undefined,
    pre_existing: dice.chance(0.08) ? '1' : undefined,
    consent_no: `AUT${no.slice(3)}`,
    consent_begn: begin,
    consent_end: begin + 365,
    policy_stas: dice.chance(0.06) ? '2' : '1',
    ...changes,
  });
}

/** Three made-up insurers; their codes pass the check of GB 32100. */
export const insurers = ['91500299MA5CANBA16', '91500299MA5CANBA29', '91500299MA5CANBA3C'] as const;

function residentType(age: number, county: County): string {
  if (age < 1) return '1401';
  if (age < 6) return '14';
  if (age < 18) return '1403';
  if (age < 22 && county.dice.chance(0.4)) return '1404';
  return age < 60 ? '15' : '16';
}

function isAmount(field: string): boolean {
  return /_(amt|sumamt|pay|selfpay|dedc)$|selfpay$/.test(field);
}

function add(person: Person, feed: FeedName, cells: Cells): Cells {
  person.rows.push({ feed, cells });
  return cells;
}
