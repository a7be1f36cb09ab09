import { Cron } from 'croner';
import { afterEach, expect, test, vi } from 'vitest';
import { cronerPattern, startSchedules } from '../../infra/local/schedules.ts';

const next = (expression: string, timezone = 'UTC', from = '2026-02-27T12:00:00Z') =>
  new Cron(cronerPattern(expression), { timezone, paused: true })
    .nextRuns(2, new Date(from))
    .map((time) => time.toISOString().slice(0, 16));

test.each([
  ['0 5 * * ? *', ['2026-02-28T05:00', '2026-03-01T05:00']],
  ['*/10 * * * ? *', ['2026-02-27T12:10', '2026-02-27T12:20']],
  ['0 10 ? * MON-FRI *', ['2026-03-02T10:00', '2026-03-03T10:00']],
  ['0 10 ? * 2-6 *', ['2026-03-02T10:00', '2026-03-03T10:00']],
  ['0 10 ? * 1 *', ['2026-03-01T10:00', '2026-03-08T10:00']],
  ['15 8 ? * 6#3 *', ['2026-03-20T08:15', '2026-04-17T08:15']],
  ['15 8 ? * 6L *', ['2026-03-27T08:15', '2026-04-24T08:15']],
  ['0 0 L * ? *', ['2026-02-28T00:00', '2026-03-31T00:00']],
  ['0 18 1 1,7 ? 2026-2027', ['2026-07-01T18:00', '2027-01-01T18:00']],
])('cron(%s) fires when AWS says', (expression, times) => {
  expect(next(expression)).toEqual(times);
});

test('a schedule fires by the clock of its time zone', () => {
  expect(next('0 5 * * ? *', 'Asia/Shanghai')).toEqual(['2026-02-27T21:00', '2026-02-28T21:00']);
});

afterEach(() => void vi.useRealTimers());

test.each([
  ['rate(1 minute)', 60],
  ['rate(5 minutes)', 300],
  ['rate(1 hour)', 3600],
])('%s fires after that time for the first time, and then again and again', async (expression, seconds) => {
  vi.useFakeTimers({ now: new Date('2026-02-27T12:00:17.400Z') });
  const start = Date.now();
  const fired: number[] = [];
  const functions = { invoke: async () => fired.push((Date.now() - start) / 1000) } as never;
  const schedule = { id: 'Sweep', arn: '', expression, timeZone: 'UTC', targets: [{ function: 'F' }] };
  const schedules = startSchedules([{ ...schedule, source: 'aws.scheduler' }], functions, true);
  await vi.advanceTimersByTimeAsync(10.5 * seconds * 1000);
  schedules.stop();
  expect(fired).toHaveLength(10);
  for (const [index, at] of fired.entries()) expect(Math.abs(at - (index + 1) * seconds)).toBeLessThanOrEqual(1);
});

test('an expression that is not understood is named when the hub starts', () => {
  const schedule = {
    id: 'Once',
    arn: '',
    expression: 'at(2026-01-01T00:00:00)',
    timeZone: 'UTC',
    targets: [],
    source: 'aws.scheduler' as const,
  };
  expect(() => startSchedules([schedule], {} as never, true)).toThrow(/at\(2026-01-01T00:00:00\) of Once/);
  expect(() => cronerPattern('0 5 * * *')).toThrow(/six fields/);
});
