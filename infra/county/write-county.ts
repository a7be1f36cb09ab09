import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dayOf, yearOf } from './civil-days.ts';
import { County } from './county.ts';
import type { FeedFile } from './files/feed-file.ts';
import { openFeedFiles } from './files/open-feed-files.ts';
import { makeHousehold, type Person } from './households.ts';
import { type Help, householdHelp, liveOrdinarily } from './lives.ts';
import { villageAt } from './places.ts';
import { Planting } from './planting.ts';
import { type FeedName, feedNames } from './records.ts';
import { type Expected, type RuleCode, ruleCodes } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { Truth } from './truth.ts';

export type CountyOptions = {
  /** 100 to 10,000,000. */
  readonly people: number;
  /** 0 to 4,294,967,295; the same seed, size and options give the same bytes. */
  readonly seed: number;
  /** `yyyy-MM-dd`, the as-of date of the run that the county is made for. */
  readonly asOf: string;
  /** Insurance year; default: that of the as-of date. The year after makes a county in its autumn campaign. */
  readonly year?: number;
  readonly folder: string;
  /** `plain`: clean UTF-8 CSV. `messy`: the same people as agencies really send them. */
  readonly form: 'plain' | 'messy';
  /** Also write `truth/`: which findings, rejected rows and duplicates must come out. */
  readonly truth?: boolean;
  /** People done, of all. */
  readonly onProgress?: (done: number, total: number) => void;
};

export type WrittenCounty = {
  readonly files: readonly { readonly feed: FeedName; readonly path: string; readonly rows: number }[];
  /** Findings that must come out, by rule. */
  readonly planted: Readonly<Record<RuleCode, number>>;
  /** How often each scenario occurs, by name. */
  readonly scenarios: Readonly<Record<string, number>>;
};

/**
 * Writes a synthetic county: one file per feed of the first wave into `folder`. Households pass by one after the
 * other and are written and forgotten, so memory does not depend on the size.
 */
export async function writeCounty(options: CountyOptions): Promise<WrittenCounty> {
  const { people, seed, asOf, folder, form } = options;
  if (!Number.isInteger(people) || people < 100 || people > 10_000_000) {
    throw new RangeError(`people must be a whole number from 100 to 10,000,000: ${people}`);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`seed must be a whole number from 0 to 4,294,967,295: ${seed}`);
  }
  const county = new County(asOf, options.year ?? yearOf(dayOf(asOf)), seed);
  await mkdir(folder, { recursive: true });
  const truth = options.truth ? new Truth(join(folder, 'truth')) : undefined;
  const files = openFeedFiles(form, folder, seed, truth && ((defect) => truth.defect(defect)));
  const planted = Object.fromEntries(ruleCodes.map((rule) => [rule, 0])) as Record<RuleCode, number>;
  const counts: Record<string, number> = {};

  for (const { person, expected, scenario } of passBy(county, people, options.onProgress)) {
    const references = person.rows.map(({ feed, cells }) => ({ feed, row: files[feed].write(person, cells) }));
    truth?.person(references, expected, scenario);
    if (scenario) counts[scenario] = (counts[scenario] ?? 0) + 1;
    for (const { rule } of expected) planted[rule]++;
    for (const feed of feedNames) if (files[feed].sink.isFull) await files[feed].sink.drained();
    if (truth?.isFull) await truth.drained();
  }
  const written = await closeAll(files);
  await truth?.close({ people, seed, form, asOf, year: String(county.year), rules: planted, scenarios: counts });
  return { files: written, planted, scenarios: counts };
}

type Passer = {
  readonly person: Person;
  readonly expected: readonly Expected[];
  readonly scenario: string | undefined;
};

/** Everybody, household by household and township by township, with records and what must be found in them. */
function* passBy(county: County, people: number, onProgress: CountyOptions['onProgress']): Generator<Passer> {
  const planting = new Planting(scenarios, people, county);
  let done = 0;
  for (let no = 1; done < people; no++) {
    const household = makeHousehold(county.dice, county.asOf, no, villageAt(done / people));
    const help = householdHelp(county.dice, county);
    const helped = help?.oneOnly ? county.dice.pick(household) : undefined;
    for (const person of household.slice(0, people - done)) {
      done++;
      yield* recordsOf(person, done, planting, county, helped && helped !== person ? undefined : help);
    }
    if (onProgress && no % 512 === 0) onProgress(done, people);
  }
  onProgress?.(people, people);
}

function* recordsOf(
  person: Person,
  position: number,
  planting: Planting,
  county: County,
  help: Help | undefined,
): Generator<Passer> {
  const scenario = planting.next(person, position);
  let expected: readonly Expected[] = [];
  const relatives: Person[] = [];
  if (scenario) {
    expected = scenario.plant(person, county, (like, changes) => {
      const relative: Person = { ...like, rows: [], ...changes };
      relatives.push(relative);
      return relative;
    });
  } else liveOrdinarily(person, county, help);
  county.numberOf(person);
  yield { person, expected, scenario: scenario?.name };
  for (const relative of relatives) yield { person: relative, expected: [], scenario: `${scenario!.name}-relative` };
}

async function closeAll(files: Readonly<Record<FeedName, FeedFile>>): Promise<WrittenCounty['files']> {
  const written = [];
  for (const feed of feedNames) {
    const { sink, rows } = files[feed];
    await sink.close();
    written.push({ feed, path: sink.path, rows });
  }
  return written;
}
