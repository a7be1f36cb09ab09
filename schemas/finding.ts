import { z } from 'zod';

export const priorities = ['P0', 'P1', 'P2', 'P3'] as const;
export type Priority = (typeof priorities)[number];

/** How well certificate and name bear a finding out; the weakest of its evidence rows decides. */
export const grades = {
  A: { zh: '证件号码与姓名一致', en: 'certificate and name agree' },
  B: { zh: '姓名为异写或无法比对', en: 'name variant or not comparable' },
  C: { zh: '经15位升18位关联', en: 'joined through a 15-digit number upgraded to 18' },
  D: { zh: '证件号码相同而姓名不同', en: 'certificate equal, name differs' },
  E: { zh: '号码经修复或仅有线索', en: 'number repaired or only hinted at' },
} as const;
export type Grade = keyof typeof grades;

/** Who works on a finding first. */
export const owners = {
  township: { zh: '乡镇（街道）', en: 'township' },
  'tax-and-bureau': { zh: '税务部门、医保局', en: 'tax and bureau' },
  'bureau-counter': { zh: '医保经办窗口', en: 'bureau counter' },
  bureau: { zh: '医保局（再转基金监督）', en: 'bureau, then fund supervision' },
  'fund-supervision': { zh: '基金监督', en: 'fund supervision' },
  'civil-affairs': { zh: '民政、乡村振兴部门', en: 'civil affairs and rural revitalization' },
} as const;
export type Owner = keyof typeof owners;

/** Where a finding waits: for a visit, for somebody to verify the identity first, for the national look-up. */
export const queues = {
  dispatch: { zh: '待派发', en: 'to be dispatched' },
  verify: { zh: '待核验', en: 'to be verified' },
  elsewhere: { zh: '待异地核查', en: 'cover elsewhere to be asked' },
} as const;
export type Queue = keyof typeof queues;

const keysOf = <K extends string>(table: Record<K, unknown>) => z.enum(Object.keys(table) as [K, ...K[]]);

/**
 * A finding as the rules leave it, before the run adds `person_ref` and what became of it since the last run.
 * Holds name and number: it stays in the lake.
 */
export const Finding = z.object({
  rule: z.string().regex(/^XC-\d{3}$/),
  /** Stable over runs: rule, person and what it is about, joined by `|`. */
  finding_key: z.string(),
  /** First 16 bits of md5(person_key). */
  h: z.int().min(0).max(0xffff),
  person_key: z.string(),
  /** Class, year, ticket, settlement …; empty when the rule knows one finding per person. */
  about: z.string(),
  priority: z.enum(priorities),
  grade: keysOf(grades),
  /** Money at stake, integer fen. */
  amount_fen: z.int().nullable(),
  /** First 9 digits of the residence; null when nobody knows it. */
  township: z.string().nullable(),
  village: z.string().nullable(),
  owner: keysOf(owners),
  queue: keysOf(queues),
  /** Evidence: `<feed>:<row>` or `<feed>@<sequence>:<row>`, separated by spaces. */
  rows: z.string(),
  /** JSON list of {feed, row, seq?, values}, of the snapshots that the run pins. */
  evidence: z.string(),
  /** JSON object. */
  facts: z.string(),
  /** One Chinese sentence without name or number. */
  summary: z.string(),
  psn_name: z.string().nullable(),
  certno: z.string().nullable(),
});
export type Finding = z.infer<typeof Finding>;

/** Columns of a task's table `findings`, in this order. */
export const findingFields = Object.keys(Finding.shape) as (keyof Finding)[];
