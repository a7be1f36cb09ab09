import type { County } from './county.ts';
import type { Dice } from './dice.ts';
import type { Person } from './households.ts';
import { adult, type Scenario } from './scenario.ts';

/**
 * Decides who of the people that pass by gets which scenario. The occurrences of a scenario are spread evenly over
 * the county, so the counts come out exactly, and only the next one of each is remembered.
 */
export class Planting {
  readonly #people: number;
  readonly #dice: Dice;
  /** Latest first, so the next one is at the end. */
  readonly #calendar: Occurrence[] = [];
  /** Due, but nobody it fits has passed by yet. */
  readonly #waiting: Occurrence[] = [];

  constructor(scenarios: readonly Scenario[], people: number, county: County) {
    this.#people = people;
    this.#dice = county.dice;
    const inSeason = scenarios.filter((scenario) => (scenario.seasons ?? ['year']).includes(county.season));
    for (const [index, scenario] of inSeason.entries()) {
      const times = timesOf(scenario, index, inSeason.length, people);
      if (times > 0) this.#schedule({ scenario, times, turn: 0, at: 0 });
    }
  }

  /** The scenario of the person who passes by as number `position` of the county, if any. */
  next(person: Person, position: number): Scenario | undefined {
    while ((this.#calendar.at(-1)?.at ?? Number.POSITIVE_INFINITY) <= position)
      this.#waiting.push(this.#calendar.pop()!);
    if (person.household.kind !== '1') return undefined;
    const index = this.#waiting.findIndex(({ scenario }) => (scenario.who ?? adult)(person));
    if (index < 0) return undefined;
    const [occurrence] = this.#waiting.splice(index, 1);
    const { scenario, times, turn } = occurrence!;
    if (turn + 1 < times) this.#schedule({ scenario, times, turn: turn + 1, at: 0 });
    return scenario;
  }

  #schedule(occurrence: Occurrence): void {
    const { scenario, times, turn } = occurrence;
    // Everybody has passed by at the end; the last tenth is left for finding somebody it fits.
    const spread = ((turn + this.#dice.share()) / times) * this.#people * (times > 50 ? 1 : 0.9);
    const at = scenario.everywhere && turn === 0 ? 0 : spread;
    let index = this.#calendar.length;
    while (index > 0 && this.#calendar[index - 1]!.at < at) index--;
    this.#calendar.splice(index, 0, { ...occurrence, at });
  }
}

type Occurrence = { readonly scenario: Scenario; readonly times: number; readonly turn: number; readonly at: number };

/** From so many people on, every scenario occurs at least once. */
export const smallestFullCounty = 4_000;

/** In a smaller county the rare scenarios take turns, so that they do not crowd it. */
function timesOf(scenario: Scenario, index: number, scenarios: number, people: number): number {
  const expected = Math.round((scenario.perMillion * people) / 1e6);
  if (expected > 0 || scenario.everywhere || people >= smallestFullCounty) return Math.max(1, expected);
  const everySoMany = Math.ceil((scenarios * 30) / people);
  return index % everySoMany === people % everySoMany ? 1 : 0;
}
