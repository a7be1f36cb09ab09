import { expect, test } from 'vitest';
import { rules } from '../../functions/crosscheck/rules/register.ts';
import { showReport } from '../../infra/cli/show-outcome.ts';
import type { Report } from '../../schemas/run.ts';

/** Columns of a terminal: what is Chinese takes two. */
const columns = (line: string): number => line.length + (line.match(/[\u3000-\u9fff\uff00-\uffee]/g) ?? []).length;

const missing = {
  zh: '没有公安人口数据，也没有税务缴费、公安注销、民政火化数据',
  en: 'population is missing, and so are others',
};
const report = (notRun: readonly string[]): Report =>
  ({
    rules: rules.map(({ code, slug, name: title }) =>
      notRun.includes(code)
        ? { rule: code, slug, title, state: 'not-run', notRun: [missing] }
        : {
            ...{ rule: code, slug, title, state: 'evaluated', considered: 1_234_567, found: 123_456 },
            ...{ byPriority: { P0: 12_345, P2: 123_456 }, byStatus: { new: 123_456, closed: 123_456 } },
          },
    ),
    findings: { open: 1, persons: 1 },
    participation: { total: { rate: 1, covered: 1, target: 1, hardshipRate: null } },
  }) as unknown as Report;

test('the rules of a large county line up in 140 columns, also those that were not run; a reason is said once', () => {
  const notRun = rules.slice(0, 3).map(({ code }) => code);
  const shown = showReport(report(notRun)).split('\n');
  const table = shown.filter((line) => /^[┌├│└]/.test(line));
  const widths = new Set(table.map((line) => columns(line)));
  expect([...widths]).toHaveLength(1);
  expect([...widths][0]).toBeLessThanOrEqual(140);
  expect(table).toHaveLength(rules.length + 5);
  expect(shown.filter((line) => line.includes(missing.zh))).toEqual([`${notRun.join(', ')}: ${missing.zh}`]);
});
