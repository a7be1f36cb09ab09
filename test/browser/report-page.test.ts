import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { disclaimer, reportPage } from '../../functions/crosscheck/report/report-page.ts';
import { percent } from '../../functions/crosscheck/report/report-words.ts';
import { chromiumPath, inChromium, launchChromium } from './chromium.ts';
import { emptyReport, fullReport } from './report-fixture.ts';

describe('the page of a report', () => {
  const report = fullReport();
  const page = reportPage(report);

  test('needs nothing from elsewhere: no address but that of the SVG name space', () => {
    const addresses = page.match(/(https?:)?\/\/[\w.]+/g) ?? [];
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org']));
    expect(page).not.toMatch(/<script|<link rel="stylesheet"|@import|\bsrc=/);
  });

  test('says that findings are leads, first and last', () => {
    expect(page.split(`「${disclaimer}」`)).toHaveLength(3);
  });

  test('shows every rule with its funnel, every reason in words, and why a rule was not run', () => {
    for (const { rule, title, state, reasons } of report.rules) {
      expect(page).toContain(`aria-label="${rule} ${title.zh}"`);
      if (state === 'evaluated') for (const { zh } of Object.values(reasons)) expect(page).toContain(zh);
    }
    expect(page).toContain('公安死亡注销数据已41天，超过35天时限：XC-302、XC-401、XC-402、XC-403');
  });

  test('shows every feed, and which of them did not declare their date', () => {
    for (const { title } of report.feeds) expect(page).toContain(title.zh);
    expect(page).toContain('未声明');
    expect(page).toContain('未启用');
  });

  test('keeps the three figures apart and warns against mixing them', () => {
    expect(page).toMatch(/① 考核口径[\s\S]*② 名单口径[\s\S]*③ 情况不明占比[\s\S]*困难群众参保率/);
    expect(page).toContain('不可相加、相减或互相替代');
  });

  test('never rounds a share up: 43 people short of all of 17,655 are not 100%', () => {
    expect(percent(0.99996)).toBe('99.99%');
    expect(percent(1)).toBe('100%');
    expect(percent(0.958)).toBe('95.8%');
    expect(percent(0.29)).toBe('29%');
    expect(percent(null)).toBe('—');
  });

  test('is the same for the same report, however many were drawn before', () => {
    expect(reportPage(fullReport())).toBe(page);
  });

  test('shows names from settings as text, in charts too, whatever they contain', () => {
    const hostile = fullReport();
    hostile.run.area.name = '<script>alert(1)</script>';
    hostile.participation.townships[0]!.name = '<img src=x onerror=alert(1)>';
    expect(reportPage(hostile)).not.toMatch(/<script|<img/);
  });
});

describe.skipIf(chromiumPath === undefined)(inChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  const pages = { 'a full report': reportPage(fullReport()), 'an empty report': reportPage(emptyReport()) };

  const linksLead =
    "[...document.querySelectorAll('nav a')].every(({ hash }) => document.querySelector(hash) !== null)";

  /** Opens a page without network; every fault and every request that it makes is noted. */
  async function open(content: string, width: number): Promise<{ page: Page; faults: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 780 } });
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => faults.push(`request of ${request.url()}`));
    await page.setContent(content, { waitUntil: 'load' });
    return { page, faults };
  }

  test.each(Object.entries(pages))('%s opens without a fault or a request', async (_, content) => {
    const { page, faults } = await open(content, 1280);
    expect(faults).toEqual([]);
    await page.close();
  });

  test.each(Object.entries(pages))(
    '%s fits a phone of 360 px; only tables scroll, by themselves',
    async (_, content) => {
      const { page } = await open(content, 360);
      const [width, tooWide] = (await page.evaluate(`[
      document.documentElement.scrollWidth,
      [...document.querySelectorAll('body *')]
        .filter((element) => element.closest('.scroll') === null && element.getBoundingClientRect().right > 360.5)
        .map((element) => element.outerHTML.slice(0, 80)),
    ]`)) as [number, string[]];
      expect(width).toBe(360);
      expect(tooWide).toEqual([]);
      await page.close();
    },
  );

  test('the three charts are there, with their labels inside the picture and large enough to read on a phone', async () => {
    const { page } = await open(pages['a full report'], 360);
    const charts = (await page.evaluate(`[...document.querySelectorAll('figure svg')].map((svg) => {
      const box = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
      return {
        width: box.width,
        texts: texts.length,
        outside: texts.filter(({ left, right }) => left < box.left - 1 || right > box.right + 1).length,
        smallest: Math.min(...texts.map(({ height }) => height)),
      };
    })`)) as { width: number; texts: number; outside: number; smallest: number }[];
    expect(charts).toHaveLength(3);
    for (const { width, texts, outside, smallest } of charts) {
      expect(width).toBeGreaterThan(280);
      expect(texts).toBeGreaterThan(15);
      expect(outside).toBe(0);
      expect(smallest).toBeGreaterThan(9);
    }
    await page.close();
  });

  test('numbers are right-aligned with figures of one width, and tables tell a screen reader what is what', async () => {
    const { page } = await open(pages['a full report'], 1280);
    const empty = await open(pages['an empty report'], 1280);
    expect(await empty.page.evaluate(linksLead)).toBe(true);
    await empty.page.close();
    const told = await page.evaluate(`({
      numbers: [...document.querySelectorAll('td.n')].map((cell) => getComputedStyle(cell)).every(
        ({ textAlign, fontVariantNumeric }) => textAlign === 'right' && fontVariantNumeric === 'tabular-nums'),
      tables: [...document.querySelectorAll('table')].every((table) => table.caption !== null
        && [...table.querySelectorAll('th')].every(({ scope }) => scope === 'col' || scope === 'row')),
      pictures: [...document.querySelectorAll('figure')].every((figure) => figure.querySelector('figcaption').innerText !== ''),
      links: ${linksLead},
    })`);
    expect(told).toEqual({ numbers: true, tables: true, pictures: true, links: true });
    await page.close();
  });

  test('it prints on a dozen pages of A4, with nothing cut off at the right', async () => {
    const { page } = await open(pages['a full report'], 1280);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const leaves = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(leaves).toBeGreaterThan(4);
    expect(leaves).toBeLessThan(16);
    await page.emulateMedia({ media: 'print' });
    // A4 less the margins, at 96 pixels an inch.
    await page.setViewportSize({ width: 703, height: 1000 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(703);
    await page.close();
  });
});
