import { z } from 'zod';
import type { Grade, Owner } from '../../schemas/finding.ts';
import type { Settings } from '../../schemas/settings.ts';

/** Sections of the rule book. A person with a carried-over finding of a family gets no new one of that family. */
export const families = {
  'not-covered': { zh: '未参保', en: 'Who is not covered' },
  'covered-twice': { zh: '重复参保', en: 'Covered twice' },
  money: { zh: '重复缴费与资助', en: 'Money paid twice, or not as due' },
  death: { zh: '死亡人员', en: 'Death' },
  benefits: { zh: '待遇', en: 'Benefits' },
  identity: { zh: '身份信息', en: 'Identity' },
} as const;
export type Family = keyof typeof families;

/** Why somebody without cover may be covered under another number. */
export const hints = { 'old-number': '可能以原证件号码参保', guardian: '可能以监护人名义参保' } as const;

/** What a run decides for all of its rules. */
export type Circumstances = {
  /** Civil date, Asia/Shanghai. */
  readonly asOf: string;
  /** Insurance year, four digits. */
  readonly year: string;
  readonly settings: Settings;
  /** Whether the area uses a feed that not every area has. */
  readonly uses: (feed: string) => boolean;
  /** Data-as-of dates of the snapshots the run knows of a feed, newest first. */
  readonly snapshotDates: (feed: string) => readonly string[];
};

/**
 * A rule of the cross-check: everything about it in one file `rules/<code>.ts`, made by `rule()`.
 *
 * Its SQL is one SELECT over feeds (views named like the feed, with the column `ref` for the row) and facts, with
 * one line for everything it looked at closely:
 * - `person_key`, and `about`: what the finding is about beside the person ('' for nothing)
 * - `outcome`: NULL is a finding; otherwise why it is clear or not applicable, a key of `excluded`
 * - `priority`, `amount_fen` (NULL where no money is at stake), `queue` (NULL: dispatched)
 * - `facts`: a STRUCT; members that are NULL are left out. One called `hint` makes the finding grade E
 * - `refs`: the evidence, a BIGINT[] of `ref`s
 *
 * Persons that the SQL does not mention are clear.
 */
export type Rule = {
  readonly code: string;
  readonly slug: string;
  readonly name: { readonly zh: string; readonly en: string };
  readonly family: Family;
  readonly owner: Owner;
  /** The best grade its findings can have; default A. */
  readonly grade?: Grade;
  /** The rule in the words an auditor reads. */
  readonly definition: string;
  /** Feeds it runs on, all of them fresh; by the fact `cause` where the causes of a rule need different ones. */
  readonly needs: readonly string[] | Readonly<Record<string, readonly string[]>>;
  /** Of the rules of a family with a place, a person gets the first that answers; 1 is asked first. */
  readonly place?: number;
  /** `prelude`: looks across all ranges of h, once per run. Default: in every task. */
  readonly stage: 'task' | 'prelude';
  /** Facts (tables of facts/) that its SQL reads. */
  readonly facts: readonly string[];
  /** One SELECT of a number: how many it had to judge. */
  readonly considered: string;
  /** SELECT of (reason, number) for those that are set aside before anybody looks closely. */
  readonly setAside?: string;
  /** Why something is no finding: code → words. */
  readonly excluded: Readonly<Record<string, { readonly zh: string; readonly en: string }>>;
  /** The rule's own settings; reads `settings.rules[code]`. */
  readonly settings: z.ZodType;
  readonly sql: (settings: Settings, circumstances: Circumstances) => string;
  /** Values that mattered: feed → fields quoted in the evidence. Never names or numbers of certificates. */
  readonly evidence: Readonly<Record<string, readonly string[]>>;
  /**
   * What is the matter, what to do. `{fact}` is replaced by the fact (`{amount}` by yuan), `{fact*}` by a list of
   * them; a part in `[…]` is left out when one of its facts is missing.
   */
  readonly summary: string;
  /** Words for the facts' codes in the summary: fact → code → Chinese. */
  readonly words: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly examples: readonly Example[];
};

/** A declaration as a rule file writes it: `sql` gets the rule's own settings, parsed. */
export type Declaration<Own extends z.ZodType> = Omit<
  Rule,
  'stage' | 'settings' | 'sql' | 'words' | 'excluded' | 'facts'
> & {
  readonly stage?: Rule['stage'];
  readonly facts?: Rule['facts'];
  readonly excluded?: Rule['excluded'];
  readonly words?: Rule['words'];
  readonly settings?: Own;
  readonly sql: (own: z.output<Own>, circumstances: Circumstances) => string;
};

/** Makes a rule of its declaration. */
export function rule<Own extends z.ZodType = typeof noSettings>(declaration: Declaration<Own>): Rule {
  const settings = declaration.settings ?? noSettings;
  return {
    stage: 'task',
    facts: [],
    words: {},
    ...declaration,
    excluded: { ...(declaration.place && { 'earlier-rule': earlierRule }), ...declaration.excluded },
    settings,
    sql: (area, circumstances) =>
      declaration.sql(settings.parse(area.rules[declaration.code] ?? {}) as z.output<Own>, circumstances),
  };
}

/** The parts of a rule that are evaluated or not by themselves; `cause` is null for a rule of one piece. */
export function partsOf(rule: Pick<Rule, 'needs'>): { cause: string | null; needs: readonly string[] }[] {
  if (Array.isArray(rule.needs)) return [{ cause: null, needs: rule.needs }];
  return Object.entries(rule.needs).map(([cause, needs]) => ({ cause, needs: needs as readonly string[] }));
}

/**
 * A row of a feed in an example: what matters, the rest is ordinary. `who` tells persons apart, 'a' when left out;
 * `mother` (birth) and `guardian` name a person by that letter; with a `certno` of its own the row is of that number.
 */
export type ExampleRow = Readonly<Record<string, string | number | boolean | null>> & { readonly who?: string };

/** What an example must give; what is left out is not compared. */
export type ExampleFinding = {
  /** The person: a letter, a certificate number, a person key, or `birth` (`birth 2` …) for a row of that feed. */
  readonly who?: string;
  readonly about?: string;
  readonly priority?: string;
  readonly grade?: string;
  readonly queue?: string;
  readonly amount_fen?: number;
  readonly township?: string;
  /** Compared fact by fact; undefined: the fact is not there. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Number of evidence rows. */
  readonly rows?: number;
};

/** Rows → findings of this rule. Tests run every example; as of 2022-06-30 for 2022 unless it says otherwise. */
export type Example = {
  /** The guarantee it holds. */
  readonly title: string;
  readonly asOf?: string;
  readonly year?: string;
  readonly settings?: z.input<typeof import('../../schemas/settings.ts').Settings>;
  readonly given: Readonly<Record<string, readonly ExampleRow[]>>;
  /** Empty: clear, or not applicable. */
  readonly finds: readonly ExampleFinding[];
};

const noSettings = z.strictObject({});
const earlierRule = { zh: '已按排在前面的规则处理', en: 'answered by a rule before it' };
