import { randomUUID } from 'node:crypto';
import { Cron } from 'croner';
import type { ScheduleDeclaration } from './declarations.ts';
import type { Functions } from './functions.ts';
import { accountId, region } from './intrinsics.ts';

export type Schedules = {
  /** Runs the targets of a schedule now, whatever its expression says. */
  fire(id: string): Promise<void>;
  stop(): void;
};

/** @param running False: schedules only run when they are fired. */
export function startSchedules(
  schedules: readonly ScheduleDeclaration[],
  functions: Functions,
  running: boolean,
): Schedules {
  const fire = async (schedule: ScheduleDeclaration) => {
    const calls = schedule.targets.map((target) => functions.invoke(target.function, eventFor(schedule, target.input)));
    // Failures are reported by `functions`.
    await Promise.allSettled(calls);
  };
  const jobs = schedules.map((schedule) => job(schedule, () => void fire(schedule), !running));
  return {
    async fire(id) {
      const schedule = schedules.find((each) => each.id === id);
      if (schedule === undefined) throw new Error(`The template has no schedule ${id}.`);
      await fire(schedule);
    },
    stop: () => {
      for (const each of jobs) each.stop();
    },
  };
}

function job({ id, expression, timeZone }: ScheduleDeclaration, run: () => void, paused: boolean): Cron {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  const cron = /^cron\((.+)\)$/.exec(expression);
  if (rate) {
    const seconds = Number(rate[1]) * { minute: 60, hour: 3600, day: 86_400 }[rate[2] as 'minute' | 'hour' | 'day'];
    const startAt = new Date(Date.now() + seconds * 1000);
    return new Cron('* * * * * *', { interval: seconds, startAt: startAt.toISOString(), paused, unref: true }, run);
  }
  if (cron) return new Cron(cronerPattern(cron[1] as string), { timezone: timeZone, paused, unref: true }, run);
  throw new Error(`The embedded hub does not understand the schedule ${expression} of ${id}.`);
}

/**
 * AWS: minutes hours day-of-month month day-of-week year, with days of the week 1 (Sunday) to 7 and `?` for "any".
 * croner: seconds first, days of the week 0 (Sunday) to 6, the year last, the last Friday as `5#L`.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function cronerPattern(expression: string): string {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 6) throw new Error(`The schedule cron(${expression}) needs six fields.`);
  const [minutes, hours, days, months, weekdays, years] = fields.map((field) => (field === '?' ? '*' : field));
  const ofWeek = (weekdays as string)
    .replace(/(?<![#/\d])[1-7](?!\d)/g, (day) => String(Number(day) - 1))
    .replace(/(\w)L$/, '$1#L');
  return ['0', minutes, hours, days, months, ofWeek, years].join(' ');
}

function eventFor({ source, arn }: ScheduleDeclaration, input: string | undefined): unknown {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  const id = randomUUID();
  if (input !== undefined) {
    const words: Record<string, string> = {
      'scheduled-time': time,
      'execution-id': id,
      'attempt-number': '1',
      'schedule-arn': arn,
    };
    return JSON.parse(input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (all, word: string) => words[word] ?? all));
  }
  return {
    version: '0',
    id,
    'detail-type': 'Scheduled Event',
    source,
    account: accountId,
    time,
    region,
    resources: [arn],
    detail: source === 'aws.scheduler' ? '{}' : {},
  };
}
