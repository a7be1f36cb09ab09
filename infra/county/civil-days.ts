/** A civil day (Asia/Shanghai) as a whole number: days since 1970-01-01. Quick to add, compare and format. */
export type Day = number;

const millisecondsPerDay = 86_400_000;
/** Texts by day, kept: a county of any size has only some 60,000 different days. */
const texts: string[] = [];
const firstText = Date.UTC(1880, 0, 1) / millisecondsPerDay;

/** Throws a RangeError when the text is no date of the calendar from 1880 on. */
export function dayOf(iso: string): Day {
  const day = Date.parse(`${iso}T00:00:00Z`) / millisecondsPerDay;
  // Date.parse takes 30 February for 2 March.
  if (!Number.isInteger(day) || isoDate(day) !== iso) throw new RangeError(`not a civil date: ${iso}`);
  return day;
}

/** `yyyy-MM-dd`, from 1880 on. */
export function isoDate(day: Day): string {
  const index = day - firstText;
  if (texts.length <= index) {
    for (let next = texts.length; next <= index; next++) {
      texts.push(new Date((firstText + next) * millisecondsPerDay).toISOString().slice(0, 10));
    }
  }
  return texts[index]!;
}

export function yearOf(day: Day): number {
  return Number(isoDate(day).slice(0, 4));
}

/** The same day of another month, or that month's last day where it has no such day. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 0, date = 0] = isoDate(day).split('-').map(Number);
  const first = Date.UTC(year, month - 1 + months, 1);
  const lastDate = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return first / millisecondsPerDay + Math.min(date, lastDate) - 1;
}
