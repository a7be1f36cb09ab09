import { NumberOffice } from './certificates.ts';
import { addMonths, type Day, dayOf, isoDate, yearOf } from './civil-days.ts';
import { Dice } from './dice.ts';
import type { Person } from './households.ts';

/**
 * Where the as-of date lies in the insurance year: before it (`campaign`: cover of the year cannot exist yet), in its
 * first 61 days (`collection`: people still pay, and no overlap of this year is long enough to matter) or later.
 */
export type Season = 'campaign' | 'collection' | 'year';

/** What everybody in the county shares: its dates, its chance, its number office and its serial numbers. */
export class County {
  readonly asOf: Day;
  /** Insurance year of the run. */
  readonly year: number;
  readonly newYear: Day;
  readonly season: Season;
  /** The year whose residents' cover holds on the as-of date, and its first day. */
  readonly coverYear: number;
  readonly coverBegins: Day;
  readonly dice: Dice;
  readonly #office: NumberOffice;
  readonly #serials = new Map<string, number>();

  /** Throws a RangeError when the as-of date is in neither the insurance year nor its collection the autumn before. */
  constructor(asOf: string, year: number, seed: number) {
    this.asOf = dayOf(asOf);
    this.year = year;
    this.newYear = dayOf(`${year}-01-01`);
    this.season = this.asOf < this.newYear ? 'campaign' : this.asOf < this.newYear + 61 ? 'collection' : 'year';
    this.coverYear = this.season === 'campaign' ? year - 1 : year;
    this.coverBegins = dayOf(`${this.coverYear}-01-01`);
    this.dice = new Dice(seed);
    this.#office = new NumberOffice(seed);
    if (this.asOf <= this.collectionBegins || yearOf(this.asOf) > year) {
      throw new RangeError(`${asOf} is outside the insurance year ${year} and its collection from ${year - 1}-09-01`);
    }
  }

  /** The person's certificate number; given on first asking, so a planted case may still change birth and area. */
  numberOf(person: Person): string {
    person.number ??= this.#office.issue(person.area, person.born, person.sex);
    return person.number;
  }

  /** Next serial number of a kind, as the issuing system writes it. */
  next(kind: keyof typeof serialForms): string {
    const serial = (this.#serials.get(kind) ?? 0) + 1;
    this.#serials.set(kind, serial);
    const [prefix, width] = serialForms[kind];
    return prefix + String(serial).padStart(width, '0');
  }

  get collectionBegins(): Day {
    return dayOf(`${this.year - 1}-09-01`);
  }

  /** A day on which residents paid for the insurance year: mostly in the autumn before, some in its January. */
  payDay(): Day {
    const autumnEnds = Math.min(this.asOf, this.newYear - 1);
    if (this.asOf > this.newYear && this.dice.chance(0.08)) {
      return this.dice.whole(this.newYear, Math.min(this.asOf, this.newYear + 30));
    }
    return this.dice.whole(this.collectionBegins, autumnEnds);
  }

  monthBegin(day: Day): Day {
    return dayOf(`${isoDate(day).slice(0, 7)}-01`);
  }

  monthsAgo(months: number): Day {
    return addMonths(this.asOf, -months);
  }
}

const serialForms = {
  psn: ['500299', 9],
  ticket: ['T3500', 12],
  settlement: ['S', 12],
  visit: ['M', 12],
  cremation: ['CR', 9],
  policy: ['POL', 10],
  passport: ['', 7],
} as const;
