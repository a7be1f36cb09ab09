import { describe, expect, test } from 'vitest';
import { explain, isRefusal } from '../../schemas/errors.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { areaNames, defaultSettings, feedUse, parseSettings, type Settings } from '../../schemas/settings.ts';

test('an empty file is a complete setting', () => {
  expect(parseSettings({})).toEqual(defaultSettings);
  expect(defaultSettings.intake).toMatchObject({
    maxRejectedShare: 0.1,
    hold: { fewerThan: 0.5, moreThan: 2, changedShare: 0.2 },
  });
});

test('the default subsidies are those of the policy texts', () => {
  const amounts = Object.fromEntries(defaultSettings.subsidies.map(({ category, amountFen }) => [category, amountFen]));
  expect(amounts).toMatchObject({
    'extreme-poverty': 32_000,
    'minimum-living': 28_000,
    'at-risk': 16_000,
    'stable-exit': 0,
  });
});

describe('a mistake', () => {
  test.each([
    ['an unknown key', { maxRejected: 0.2 }, 'maxRejected'],
    ['an unknown key further in', { intake: { limits: { maxCols: 3 } } }, 'intake.limits'],
    ['a wrong type', { intake: { maxRejectedShare: '10%' } }, 'intake.maxRejectedShare'],
    ['a feed that does not exist', { feeds: { enrolmnt: { inUse: false } } }, 'enrolmnt'],
    [
      'a category that does not exist',
      { subsidies: [{ year: '2022', category: 'veteran', amountFen: 1 }] },
      'subsidies.0.category',
    ],
    [
      'a name for a code of another list',
      { categoryNames: { idet_type: { 五保户: 'at-risk' } } },
      'categoryNames.idet_type',
    ],
    ['a rule that has no such code', { rules: { XC101: {} } }, 'rules'],
    ['no settings at all', null, ''],
  ])('%s is named in both languages', (_, value, where) => {
    const refusal = parseSettings(value);
    if (!isRefusal(refusal)) throw new Error('accepted');
    const words = explain(refusal);
    expect(words.zh).toContain('设置文件有误');
    for (const text of [words.zh, words.en]) expect(text).toContain(where);
  });
});

test('a feed has its own defaults until the area says otherwise', () => {
  const settings = parseSettings({
    feeds: { 'enrolment-elsewhere': { inUse: true }, hardship: { keepsHistory: false, freshnessDays: 60 } },
  }) as Settings;
  expect(feedUse(defaultSettings, feedNamed('enrolment-elsewhere')!).inUse).toBe(false);
  expect(feedUse(settings, feedNamed('enrolment-elsewhere')!).inUse).toBe(true);
  expect(feedUse(settings, feedNamed('hardship')!)).toEqual({ inUse: true, keepsHistory: false, freshnessDays: 60 });
  expect(feedUse(settings, feedNamed('population')!)).toEqual({ inUse: true, keepsHistory: true, freshnessDays: 100 });
});

test('a name the bureau mapped counts for subsidies too', () => {
  const settings = parseSettings({ categoryNames: { monitor_type: { 监测户: 'at-risk' } } }) as Settings;
  expect(areaNames(settings, 'subs_type')).toEqual({ 监测户: 'at-risk' });
});
