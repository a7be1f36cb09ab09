import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { distantAreas, localAreas, plantedArea } from '../../infra/county/certificates.ts';
import { writeCounty } from '../../infra/county/write-county.ts';
import { asOf, plainRows } from './county-files.ts';

type Row = Record<string, string>;
const require = createRequire(import.meta.url);
const { verify } = require('idcard') as { verify(number: string): boolean };
const assignedAreas = new Set(Object.keys(require('idcard/lib/data/area.json')));
let rows: Record<'population' | 'enrolment' | 'premium-payment' | 'settlement' | 'hardship', Row[]>;
const people = 20_000;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'county-'));
  await writeCounty({ people, seed: 3, asOf, form: 'plain', folder });
  const feeds = ['population', 'enrolment', 'premium-payment', 'settlement', 'hardship'] as const;
  rows = Object.fromEntries(feeds.map((feed) => [feed, plainRows(folder, feed)])) as typeof rows;
  return () => rmSync(folder, { recursive: true });
});

describe('numbers', () => {
  it('every citizen number of the population list passes an independent check and agrees with sex and birth', () => {
    for (const row of rows.population) {
      const { 证件号码: number = '', 出生日期: birth, 性别: sex } = row;
      // 770101: the planted area that no province has.
      if (row.证件类型 !== '01' || birth! > asOf || number.startsWith('77')) continue;
      expect(verify(number), number).toBe(true);
      expect(number.slice(6, 14)).toBe(birth!.replaceAll('-', ''));
      expect(Number(number[16]) % 2).toBe(sex === '1' ? 1 : 0);
    }
  });

  it('nobody shares a number', () => {
    const names = new Map<string, string>();
    for (const { 证件号码: number = '', 姓名: name = '' } of rows.population) {
      expect(names.get(number) ?? name).toBe(name);
      names.set(number, name);
    }
  });

  it('no number begins with an area that GB/T 2260 ever assigned', () => {
    for (const area of [...localAreas, ...distantAreas, plantedArea]) expect(assignedAreas.has(area), area).toBe(false);
    const areas = new Set(Object.values(rows).flatMap((list) => list.map((row) => row.证件号码!.slice(0, 6))));
    expect([...areas].filter((area) => assignedAreas.has(area))).toEqual([]);
    expect(assignedAreas.size).toBeGreaterThan(6_000);
  });
});

describe('shares of a county (20,000 people; the benchmark county is 1,050,000)', () => {
  const share = (count: number) => count / people;

  it('868,200 of 1,050,000 are insured, 74,400 of them as employees', () => {
    const active = rows.enrolment.filter(
      (row) => row.参保状态 === '1' && row.个人参保日期! <= asOf && (!row.暂停参保日期 || row.暂停参保日期 > asOf),
    );
    const employees = new Set(active.filter((row) => row.险种类型 === '310').map((row) => row.证件号码));
    const residents = active.filter((row) => row.险种类型 === '390' && row.参保年度 === '2022');
    const insured = new Set([...employees, ...residents.map((row) => row.证件号码)]);
    expect(share(insured.size)).toBeCloseTo(868_200 / 1_050_000, 1.7);
    expect(share(employees.size)).toBeCloseTo(74_400 / 1_050_000, 1.9);
  });

  it('ages make a pyramid, and households are families', () => {
    const ages = rows.population.map((row) => 2022 - Number(row.出生日期!.slice(0, 4)));
    const between = (from: number, to: number) => ages.filter((age) => age >= from && age < to).length / ages.length;
    expect(between(0, 15)).toBeGreaterThan(0.1);
    expect(between(0, 15)).toBeLessThan(0.2);
    expect(between(60, 120)).toBeGreaterThan(0.16);
    expect(between(60, 120)).toBeLessThan(0.26);
    const households = Map.groupBy(rows.population, (row) => row.户号);
    expect(rows.population.length / households.size).toBeGreaterThan(2.4);
    const withChild = [...households.values()].filter((members) => members.some((row) => row.出生日期! > '2010'));
    const sharing = withChild.filter((members) => new Set(members.map((row) => row.姓名![0])).size < members.length);
    expect(sharing.length / withChild.length).toBeGreaterThan(0.8);
  });

  it('thirty townships with villages; one person in twenty in hardship; a settlement for every third insured', () => {
    const here = rows.population.map((row) => row.居住地区划!).filter((code) => code.startsWith('500299'));
    expect(new Set(here.map((code) => code.slice(0, 9))).size).toBe(30);
    expect(new Set(here).size).toBeGreaterThan(300);
    expect(here.every((code) => /^\d{12}$/.test(code))).toBe(true);
    expect(share(rows.hardship.length)).toBeCloseTo(0.05, 1.7);
    expect(rows.settlement.length / (people * 0.827)).toBeCloseTo(0.31, 1.3);
  });
});

describe('money', () => {
  const fen = (text: string | undefined) => Math.round(Number(text || 0) * 100);

  it('the sums of every settlement balance', () => {
    for (const row of rows.settlement) {
      const payers = ['统筹支付', '大病支付', '职工大额', '医疗救助', '其他支出'].map((header) => fen(row[header]));
      expect(payers.reduce((sum, each) => sum + each)).toBe(fen(row.基金支付总额));
      expect(fen(row.基金支付总额) + fen(row.个人负担总金额)).toBe(fen(row.医疗费总额));
      expect(fen(row.个人账户) + fen(row.个人现金)).toBe(fen(row.个人负担总金额));
      const inside = ['符合政策范围金额', '全自费', '超限价自费', '先行自付'].map((header) => fen(row[header]));
      expect(inside.reduce((sum, each) => sum + each)).toBe(fen(row.医疗费总额));
    }
  });

  it('what the person and others paid of an ordinary ticket is the contribution', () => {
    const whole = rows['premium-payment'].filter(
      (row) => row.险种 === '390' && fen(row.实缴金额) + fen(row.资助金额) === 320_00,
    );
    expect(whole.length / rows['premium-payment'].length).toBeGreaterThan(0.97);
  });
});
