import { z } from 'zod';
import { schemes } from '../functions/runtime/signatures/scheme.ts';
import { Uscc } from './uscc.ts';

/**
 * `enabled`; `gone`: its endpoint answered 410, nothing is sent until an operator enables it, what it sends is taken;
 * `disabled`: by an operator, nothing goes either way.
 */
export const insurerStates = ['enabled', 'gone', 'disabled'] as const;
export type InsurerState = (typeof insurerStates)[number];

const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, {
  error: '时间格式应为 HH:mm · a time like 09:30',
});

/** What an operator says of an insurer. */
export const InsurerSettings = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** `file`: the bureau's network allows no connection; messages travel through the gateway as files. */
  channel: z.enum(['https', 'file']).default('https'),
  /** Where its messages go. */
  url: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
  /** Exactly these; any other in a header is passed over. */
  schemes: z.array(z.enum(schemes)).min(1).default(['v1']),
  toleranceSeconds: z.int().min(30).max(3600).default(300),
  /** For messages that come as files: how old one may be. */
  fileToleranceHours: z.int().min(1).max(720).default(168),
  /** Of the day after, Asia/Shanghai: a statement that is not there by then is missing. */
  statementDueBy: Clock.default('12:00'),
});
export type InsurerSettings = z.infer<typeof InsurerSettings>;

/** A private range that messages may go to, for insurers on the government network. It takes two persons. */
export const AllowedRange = z.object({
  range: z.string(),
  proposedBy: z.string(),
  proposedAt: z.iso.datetime(),
  approvedBy: z.string().optional(),
  approvedAt: z.iso.datetime().optional(),
});
export type AllowedRange = z.infer<typeof AllowedRange>;

export const Insurer = z.object({
  ...InsurerSettings.shape,
  id: Uscc,
  state: z.enum(insurerStates),
  ranges: z.array(AllowedRange).default([]),
  createdAt: z.iso.datetime(),
  version: z.int().positive(),
});
export type Insurer = z.infer<typeof Insurer>;

/** A key of an insurer as stored. `in`: it signs and the hub verifies; `out`: the other way. */
export const InsurerKey = z.object({
  kid: z.string(),
  insurer: z.string(),
  scheme: z.enum(schemes),
  direction: z.enum(['in', 'out']),
  /** What the hub signs or verifies with, sealed for this insurer. */
  sealed: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  /** What may be shown at any time: the public part of a pair. */
  publicKey: z.string().optional(),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
});
export type InsurerKey = z.infer<typeof InsurerKey>;

/** What is done at the moment to send to an insurer: at most one worker does it at a time. */
export const Lane = z.object({
  owner: z.string(),
  leaseUntil: z.iso.datetime(),
  /** Somebody came while the lane was taken: its owner looks once more before it leaves. */
  wanted: z.boolean(),
  /** After answers that ask for patience: how many in a row, and until when nothing is sent. */
  slow: z.int().min(0),
  restUntil: z.iso.datetime(),
  /** Replayed messages are spread over time: the next free place. */
  replayUntil: z.iso.datetime(),
});
export type Lane = z.infer<typeof Lane>;

/** Something an operator did to an insurer. */
export const InsurerAct = z.object({
  at: z.iso.datetime(),
  by: z.string(),
  what: z.string(),
});
export type InsurerAct = z.infer<typeof InsurerAct>;

/** Who asks, in words, beside the key that signs. */
const by = z.string().trim().min(1).max(50).optional();
export const By = z.object({ by });
/** `POST /v1/insurers`, and `…/settings`, where what is not given stays. */
export const NewInsurer = InsurerSettings.extend({ id: Uscc, by });
export const ChangedSettings = InsurerSettings.partial().extend({ by });

export const KeyOrder = By.extend({
  scheme: z.enum(schemes),
  direction: z.enum(['in', 'out']),
  publicKey: z.string().max(2000).optional(),
  validDays: z.int().min(1).max(3660).optional(),
  graceHours: z.number().min(0).max(2160).optional(),
});
export const RangeOrder = By.extend({ range: z.string().max(60), act: z.enum(['propose', 'approve', 'remove']) });

/** A key without its secret. */
export const KeyView = InsurerKey.omit({ insurer: true, sealed: true });
export type KeyView = z.infer<typeof KeyView>;
/** A key that was just made: its secret is shown this once. */
export const NewKeyView = KeyView.extend({ secret: z.string().optional() });
export type NewKeyView = z.infer<typeof NewKeyView>;
export const NewInsurerView = Insurer.extend({ keys: z.array(NewKeyView) });
export type NewInsurerView = z.infer<typeof NewInsurerView>;

/** An insurer as operators see it; `warnings`: keys that are missing or end within 30 days. */
export const InsurerView = Insurer.extend({
  keys: z.array(KeyView),
  warnings: z.array(z.object({ kid: z.string().optional(), zh: z.string(), en: z.string() })),
  /** It asked for patience: nothing is sent until then. */
  restUntil: z.iso.datetime().optional(),
});
export type InsurerView = z.infer<typeof InsurerView>;
export const InsurerList = z.object({ insurers: z.array(InsurerView) });
export type InsurerList = z.infer<typeof InsurerList>;
/** With what operators did to it last, the newest first. */
export const InsurerHistory = InsurerView.extend({ acts: z.array(InsurerAct) });
export type InsurerHistory = z.infer<typeof InsurerHistory>;
