import { describe, expect, it } from 'vitest';
import { rules } from '../../functions/crosscheck/rules/register.ts';
import { County } from '../../infra/county/county.ts';
import type { Person } from '../../infra/county/households.ts';
import { villageAt } from '../../infra/county/places.ts';
import { smallestFullCounty } from '../../infra/county/planting.ts';
import { ruleCodes, type Scenario } from '../../infra/county/scenario.ts';
import { scenarios } from '../../infra/county/scenarios.ts';
import { countyOf } from './county-files.ts';

const dates = { campaign: ['2022-11-15', 2023], collection: ['2022-02-10', 2022], year: ['2022-06-30', 2022] } as const;

it('the table has a scenario for every rule of the cross-check', () => {
  expect(new Set(scenarios.flatMap((scenario) => scenario.gives))).toEqual(new Set(ruleCodes));
  expect(new Set(rules.map((rule) => rule.code))).toEqual(new Set(ruleCodes));
});

it('no two scenarios have one name', () => {
  expect(new Set(scenarios.map((scenario) => scenario.name)).size).toBe(scenarios.length);
});

describe('every scenario gives what the table says, whenever it is in season', () => {
  const inSeason = scenarios.flatMap((scenario) =>
    (scenario.seasons ?? ['year']).map((season) => [scenario, season] as const),
  );
  it.each(inSeason.map(([scenario, season]) => [scenario.name, season, scenario] as const))(
    '%s (%s)',
    (_, season, scenario) => {
      for (let seed = 0; seed < 3; seed++) {
        const county = new County(dates[season][0], dates[season][1], seed);
        const person = somebody(scenario, county);
        const expected = scenario.plant(person, county, (like, changes) => ({ ...like, rows: [], ...changes }));
        expect([...new Set(expected.map(({ rule }) => rule))].toSorted()).toEqual([...scenario.gives].toSorted());
        expect(person.rows.length).toBeGreaterThan(0);
      }
    },
  );
});

it('from so many people on, everything in season occurs', async () => {
  const { scenarios: planted } = await countyOf({ people: smallestFullCounty, seed: 5 });
  const inSeason = scenarios.filter((scenario) => (scenario.seasons ?? ['year']).includes('year'));
  expect(inSeason.map(({ name }) => name).filter((name) => !planted[name])).toEqual([]);
});

it('a campaign county asks for the next year only what can be due then', async () => {
  const { planted } = await countyOf({ people: 3_000, asOf: '2022-11-15', year: 2023 });
  expect(planted['XC-106']).toBeGreaterThan(300);
  expect(planted['XC-107']).toBe(0);
});

/** A person the scenario fits, one of each age until there is one. */
function somebody(scenario: Scenario, county: County): Person {
  for (let age = 0; age < 90; age++) {
    const person: Person = {
      household: { no: 1, village: villageAt(0), kind: '1', registeredAt: villageAt(0) },
      sex: 2,
      age,
      born: county.asOf - Math.round(age * 365.25) - 40,
      name: '陈秀英',
      area: '500299',
      certType: '01',
      number: undefined,
      rows: [],
    };
    if (scenario.who ? scenario.who(person) : age >= 30) return person;
  }
  throw new Error(`${scenario.name} fits nobody`);
}
