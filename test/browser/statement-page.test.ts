import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statementPage } from '../../functions/settlement/statement-page.ts';
import type { Statement, StatementLine } from '../../schemas/statement.ts';
import { chromiumPath, inChromium, launchChromium } from './chromium.ts';

const line = (zh: string, base: string, amount: string, left: string, more: Partial<StatementLine> = {}) => ({
  payer: { zh, en: 'Payer' },
  account: 'payer:x',
  rule: { zh: '按医保结算', en: 'As settled by the core system' },
  state: 'posted' as const,
  ...{ base, amount, left, ...more },
});

/** A long name, a long explanation, large amounts, a payout and a reversal: all that a page can hold. */
const statement: Statement = {
  setl_id: 'S20261120-000000000000000001',
  provider: 'H50029900001',
  at: '2026-11-20T16:30:00.000Z',
  medfee_sumamt: '1238640.50',
  lines: [
    line('统筹基金', '1238640.50', '1118420.30', '120220.20'),
    line('商保', '120220.20', '60110.10', '60110.10', {
      policy: { insurer: '91500299MA5CANBA16', product_code: 'HMB-2026', policy_no: 'P1', policy_sub_no: '' },
      explanation: Array.from({ length: 4 }, (_, n) => ({
        zh: `第 ${n + 1} 档按比例赔付，超出部分进入下一档计算`,
        en: `Band ${n + 1}, at its ratio; what is above goes on to the next`,
        base: '120220.20',
        result: '60110.10',
      })),
    }),
    line('商保', '60110.10', '0.00', '60110.10', { state: 'expired' }),
    line('个人现金', '60110.10', '60110.10', '0.00'),
  ],
  payouts: [line('商保', '60110.10', '30000.00', '30110.10', { state: 'payout' })],
  acct_pay: '0.00',
  acct_mulaid_pay: '0.00',
  psn_cash_pay: '60110.10',
  reversed: {
    at: '2026-11-21T01:00:00.000Z',
    entries: [
      { payer: { zh: '统筹基金', en: 'Basic pooling fund' }, account: 'payer:hifp_pay', amount: '-1118420.30' },
    ],
  },
};
const named = (_insurer: string, product: string) =>
  product === 'HMB-2026' ? '某某县城乡居民普惠型补充医疗保险（示例）' : undefined;

describe('the page of a statement', () => {
  const page = statementPage(statement, named);

  test('needs nothing from elsewhere', () => {
    expect(page.match(/(https?:)?\/\/[\w.]+/g) ?? []).toEqual([]);
    expect(page).not.toMatch(/<script|<link rel="stylesheet"|@import|\bsrc=/);
  });

  test('shows names of products as text, whatever they contain', () => {
    expect(statementPage(statement, () => '<img src=x onerror=alert(1)>')).not.toContain('<img');
  });

  test('says when a bill was reversed, and what was paid out after it was settled', () => {
    expect(page).toContain('已退费');
    expect(page).toContain('赔付本人');
  });
});

describe.skipIf(chromiumPath === undefined)(inChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test.each([360, 1280])('a statement opens without a fault and fits %i px', async (width) => {
    const page = await browser.newPage({ viewport: { width, height: 780 } });
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => faults.push(`request of ${request.url()}`));
    await page.setContent(statementPage(statement, named), { waitUntil: 'load' });
    expect(faults).toEqual([]);
    const tooWide = await page.evaluate(`[...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > ${width} + 0.5)
      .map((element) => element.outerHTML.slice(0, 80))`);
    expect(tooWide).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  });

  test('a statement prints on one page of A4', async () => {
    const page = await browser.newPage();
    await page.setContent(statementPage(statement, named), { waitUntil: 'load' });
    const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await page.close();
  });
});
