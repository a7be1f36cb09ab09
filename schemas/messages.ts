import { z } from 'zod';
import { Yuan } from './money.ts';
import { agreesWithItself } from './reconciliation.ts';

/** Messages between the hub and insurers: Standard Webhooks payloads, UTF-8 JSON, at most 20 kB from the hub. */
export const maxOutgoingBytes = 20_000;
export const maxIncomingBytes = 64 * 1024;

const Instant = z.iso.datetime({ offset: true });
const Text = (length: number) => z.string().min(1).max(length);
const PolicyRef = { policy_no: Text(40), policy_sub_no: z.string().max(40).default('') };
const Day = z.iso.date();
const Flag = z.enum(['0', '1']);

const message = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.strictObject({ type: z.literal(type), timestamp: Instant, data });

/** Amounts that every payer of a bill took over, by the national platform's names; only those that are not 0. */
const PayersOnWire = z.record(z.string(), Yuan);

export const SettlementNotice = z.strictObject({
  setl_id: Text(30),
  ...PolicyRef,
  product_code: Text(30),
  /** The person as this insurer knows it. */
  person_ref: z.string(),
  mode: z.enum(['hub', 'insurer']),
  insutype: z.string(),
  med_type: z.string(),
  hosp_lv: z.string().optional(),
  begndate: Day,
  enddate: Day,
  setl_time: z.string(),
  medfee_sumamt: Yuan,
  inscp_scp_amt: Yuan.optional(),
  payers: PayersOnWire,
  /** What the payers before left: the base of this share and, in mode `insurer`, the most that may be answered. */
  base_amt: Yuan,
  /** Mode `hub`: the share as computed and posted. */
  share_amt: Yuan.optional(),
  /** Mode `hub`, after the bill was settled: the patient has paid this share, the insurer pays it out to the patient. */
  payout: z.literal(true).optional(),
  /** Mode `insurer`: answers until then become a payout at the latest. */
  answer_by: Instant.optional(),
  diag_codes: z.array(z.string()).optional(),
  invoice_no: z.string().optional(),
});

/** What is wrong with a message, and where. */
export const Issue = z.object({ path: z.string(), message: z.string() });
export type Issue = z.infer<typeof Issue>;

function declinesWithReason(
  { decision, reason_code }: { readonly decision: string; readonly reason_code?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (decision !== 'declined' || (reason_code ?? '').trim() !== '') return;
  context.addIssue({
    code: 'custom',
    path: ['reason_code'],
    message:
      '拒赔须写明原因：请补上 reason_code（贵司的原因代码，1 至 40 个字符），以新编号重发 · a decline says why: add reason_code, a code of your own of 1 to 40 characters, and send it under a new id',
  });
}

const ClaimRef = { setl_id: Text(30), ...PolicyRef };

/** hub → insurer */
export const outgoing = {
  'settlement.notice': message('settlement.notice', SettlementNotice),
  'settlement.reversed': message(
    'settlement.reversed',
    z.strictObject({ ...ClaimRef, refd_setl_id: Text(30), reversed_amt: Yuan }),
  ),
  'claim.posted': message(
    'claim.posted',
    z.strictObject({
      ...ClaimRef,
      /** What it answers: of `claim.paid` it says that the payment is noted, and books nothing again. */
      message_id: z.string(),
      message_type: z.enum(['claim.adjudicated', 'claim.paid']),
      decision: z.enum(['approved', 'declined']),
      posted_amt: Yuan,
      /** True: the patient had already paid at the counter; the insurer pays the amount out to the patient. */
      payout: z.boolean(),
    }),
  ),
  'claim.refused': message(
    'claim.refused',
    z.strictObject({
      setl_id: z.string(),
      policy_no: z.string(),
      policy_sub_no: z.string(),
      message_id: z.string(),
      code: z.string(),
      reason: z.strictObject({ zh: z.string(), en: z.string() }),
      /** The most that could have been answered. */
      remaining_amt: Yuan.optional(),
      /** What is wrong with the body of an answer that was meant as a message. */
      issues: z.array(Issue).optional(),
    }),
  ),
  /** What was said of a policy is kept, and does not do (yet) what its sender may think it does. */
  'policy.waiting': message(
    'policy.waiting',
    z.strictObject({
      ...PolicyRef,
      /** Where the message names one. */
      product_code: z.string().optional(),
      message_id: z.string(),
      code: z.string(),
      reason: z.strictObject({ zh: z.string(), en: z.string() }),
    }),
  ),
  /** A statement is kept, and looks as if its day or product were a slip. */
  'statement.waiting': message(
    'statement.waiting',
    z.strictObject({
      day: Day,
      product_code: Text(30),
      refd_setl_flag: Flag,
      message_id: z.string(),
      code: z.string(),
      reason: z.strictObject({ zh: z.string(), en: z.string() }),
    }),
  ),
  'reconciliation.requested': message(
    'reconciliation.requested',
    z.strictObject({ day: Day, product_code: Text(30), refd_setl_flag: Flag, count: z.int(), amount: Yuan }),
  ),
  'endpoint.ping': message('endpoint.ping', z.strictObject({})),
} as const;
export type OutgoingType = keyof typeof outgoing;
/** What a message says, amounts in fen. */
export type OutgoingData<Type extends OutgoingType> = z.output<(typeof outgoing)[Type]>['data'];

const ClaimAdjudicated = z.strictObject({
  ...ClaimRef,
  decision: z.enum(['approved', 'declined']),
  paid_amt: Yuan,
  /** Why it is declined; the bureau reads it. */
  reason_code: Text(40).optional().meta({ description: '拒赔时必填 · required when declined' }),
  insurer_claim_no: Text(40),
});

const InsurerStatement = z.strictObject({
  day: Day,
  product_code: Text(30),
  refd_setl_flag: Flag,
  /** Of the whole statement, as `amount` is. */
  count: z.int().min(0),
  amount: Yuan,
  /** A long statement comes in parts, numbered from 1. */
  part: z.int().min(1).default(1),
  parts: z.int().min(1).max(1000).default(1),
  items: z.array(z.strictObject({ ...ClaimRef, amount: Yuan })).max(500),
});

/** insurer → hub, as they are kept. What was let in once is read for ever: no demand that came later stands here. */
const kept = {
  'policy.upserted': message(
    'policy.upserted',
    z.strictObject({
      ...PolicyRef,
      product_code: Text(30),
      psn_cert_type: z.string().default('01'),
      /** The one certificate number in any message; it is kept encrypted. */
      certno: Text(50),
      begn_date: Day,
      end_date: Day,
      wait_end: Day.optional(),
      pre_existing: Flag.default('0'),
      consent_no: Text(40).optional(),
      consent_begn: Day.optional(),
      consent_end: Day.optional(),
      consent_fields: z.array(z.enum(['diag_codes', 'invoice_no'])).default([]),
    }),
  ),
  'policy.terminated': message('policy.terminated', z.strictObject({ ...PolicyRef, end_date: Day.optional() })),
  'consent.revoked': message(
    'consent.revoked',
    z.strictObject({ ...PolicyRef, consent_no: Text(40), revoked_at: Instant }),
  ),
  'claim.adjudicated': message('claim.adjudicated', ClaimAdjudicated),
  'claim.paid': message(
    'claim.paid',
    z.strictObject({ ...ClaimRef, paid_amt: Yuan, paid_at: Instant, insurer_claim_no: Text(40) }),
  ),
  'reconciliation.statement': message('reconciliation.statement', InsurerStatement),
  'endpoint.ping': message('endpoint.ping', z.strictObject({})),
} as const;
export type IncomingType = keyof typeof kept;
export const incomingTypes = Object.keys(kept) as [IncomingType, ...IncomingType[]];

/** The same as they are let in, with all that is demanded of them today. */
export const incoming = {
  ...kept,
  'claim.adjudicated': message('claim.adjudicated', ClaimAdjudicated.superRefine(declinesWithReason)),
  'reconciliation.statement': message('reconciliation.statement', InsurerStatement.superRefine(agreesWithItself)),
} as const satisfies Record<IncomingType, z.ZodType>;

const oneOf = <Shape extends z.core.$ZodTypeDiscriminable>(shapes: Record<IncomingType, Shape>) =>
  z.discriminatedUnion('type', Object.values(shapes) as [Shape, ...Shape[]]);
export const IncomingMessage = oneOf<(typeof incoming)[IncomingType]>(incoming);
export type IncomingMessage = z.infer<typeof IncomingMessage>;
export const KeptMessage = oneOf<(typeof kept)[IncomingType]>(kept);

/** What the queue `insurer-events` carries: which message has news. `in`: an insurer sent it. `out`: it was accepted, parked or lapsed. */
export const InsurerEvent = z.object({ box: z.enum(['in', 'out']), insurer: z.string(), id: z.string() });
export type InsurerEvent = z.infer<typeof InsurerEvent>;

/** What the queue `outbox` carries: there may be something to send to this insurer. */
export const OutboxWake = z.object({ insurer: z.string() });

/** States of a message to an insurer. `lapsed`: its time ran out before it was accepted (a consent has ended). */
export const outgoingStates = ['due', 'accepted', 'parked', 'cancelled', 'lapsed'] as const;
export type OutgoingState = (typeof outgoingStates)[number];

/** States of a message from an insurer. `refused`: well signed and wrong in its content; kept for the operator. */
export const incomingStates = ['received', 'handled', 'refused'] as const;
export type IncomingState = (typeof incomingStates)[number];

/** A message to an insurer as stored. */
export const StoredOutgoing = z.object({
  insurer: z.string(),
  id: z.string(),
  type: z.enum(Object.keys(outgoing) as [OutgoingType, ...OutgoingType[]]),
  setl_id: z.string().optional(),
  /** The very bytes of every attempt. */
  body: z.string(),
  state: z.enum(outgoingStates),
  createdAt: Instant,
  /** All attempts ever made. */
  attempts: z.int().min(0),
  /** Attempts since it became due: the place in the schedule. A replay begins anew. */
  slot: z.int().min(0),
  dueAt: Instant.optional(),
  sendBefore: Instant.optional(),
  after: z.string().optional(),
  /** When the schedule is over, however few attempts it came to. */
  giveUpAt: Instant,
  /** The first 2xx. A message that was accepted stays so, whatever a replay comes to. */
  acceptedAt: Instant.optional(),
  /** Body of that answer, where it is a message by itself. */
  answer: z.string().optional(),
  /** Or what is wrong with it: it says that it is a message, and is not. */
  answerIssues: z.array(Issue).optional(),
  resolvedAt: Instant.optional(),
  reason: z.string().optional(),
});
export type StoredOutgoing = z.infer<typeof StoredOutgoing>;

/** One try to send a message. */
export const Attempt = z.object({
  n: z.int().positive(),
  at: Instant,
  milliseconds: z.number().min(0),
  status: z.int().optional(),
  fault: z.string().optional(),
  /** Beginning of the answer, without names or numbers. */
  answer: z.string().optional(),
});
export type Attempt = z.infer<typeof Attempt>;

/** A message from an insurer as stored; its body stands beside it, sealed. */
export const StoredIncoming = z.object({
  insurer: z.string(),
  id: z.string(),
  /** SHA-256 of the body: the same id with another body is not the same message. */
  digest: z.string(),
  bytes: z.int().min(0),
  state: z.enum(incomingStates),
  type: z.string().optional(),
  createdAt: Instant,
  kid: z.string(),
  /** Why it was refused. */
  issues: z.array(Issue).optional(),
  /** What became of it. */
  outcome: z.string().optional(),
  /** How often it was put before settlement again. */
  handed: z.int().min(0),
  dueAt: Instant.optional(),
});
export type StoredIncoming = z.infer<typeof StoredIncoming>;

/** A signed message as a line of a file, where no connection is allowed: the same headers, the same bytes. */
export const GatewayLine = z
  .object({
    insurer: z.string(),
    headers: z.object({
      'webhook-id': z.string(),
      'webhook-timestamp': z.string(),
      'webhook-signature': z.string(),
    }),
    body: z.string().optional(),
    /** For bytes that are no text. */
    bodyBase64: z.base64().optional(),
  })
  .refine(({ body, bodyBase64 }) => (body === undefined) !== (bodyBase64 === undefined), {
    error: 'body 与 bodyBase64 须有且仅有一个 · either body or bodyBase64',
  });
export type GatewayLine = z.infer<typeof GatewayLine>;

const WrittenInstant = Instant.transform((text) => new Date(text).toISOString());
const MessageBox = z.enum(['in', 'out']);

export const MessagesQuery = z.object({
  insurer: z.string(),
  box: MessageBox.default('out'),
  state: z.enum([...outgoingStates, ...incomingStates]).optional(),
  from: WrittenInstant.optional(),
  to: WrittenInstant.optional(),
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const AnyMessage = z.union([StoredOutgoing, StoredIncoming]);
/** A page of a mailbox; it may hold none and yet have a `next`. */
export const MessagePage = z.object({ messages: z.array(AnyMessage), next: z.string().optional() });
export type MessagePage = z.infer<typeof MessagePage>;
export const MessageHistory = z.object({ message: AnyMessage, attempts: z.array(Attempt) });
export type MessageHistory = z.infer<typeof MessageHistory>;

/** One message again, or a page of those of a time. */
export const ReplayOrder = z.union([
  z.strictObject({ insurer: z.string(), id: z.string() }),
  z.strictObject({
    insurer: z.string(),
    from: WrittenInstant.optional(),
    to: WrittenInstant.optional(),
    which: z.enum(['missing', 'all']).default('missing'),
    after: z.string().optional(),
  }),
]);
export const Replayed = z.object({ replayed: z.int(), next: z.string().optional() });
export type Replayed = z.infer<typeof Replayed>;

/** A message that was written for an insurer. */
export const MessageRef = z.object({ box: MessageBox, insurer: z.string(), id: z.string() });
export type MessageRef = z.infer<typeof MessageRef>;

/** Lines of one export or import. */
export const mostLines = 50;
export const ExportOrder = z.strictObject({ insurer: z.string() });
export const Exported = z.object({ lines: z.array(GatewayLine) });
export type Exported = z.infer<typeof Exported>;
export const ExportConfirmation = z.strictObject({ insurer: z.string(), ids: z.array(z.string()).max(mostLines) });
export const ExportConfirmed = z.object({ confirmed: z.int() });
export type ExportConfirmed = z.infer<typeof ExportConfirmed>;

export const ImportOrder = z.strictObject({ lines: z.array(GatewayLine).max(mostLines) });
/** The same at the door: a line that is none is answered by itself, and the others are taken. */
export const ImportTried = ImportOrder.extend({ lines: z.array(z.unknown()).max(mostLines) });
/** What the wire would have answered to each line: status and body. */
export const Imported = z.object({
  answers: z.array(
    z.object({
      id: z.string(),
      insurer: z.string(),
      status: z.int(),
      body: z.looseObject({ code: z.string().optional() }),
    }),
  ),
});
export type Imported = z.infer<typeof Imported>;

/** What a message is answered on the wire when it is kept, or was. */
export const WebhookTaken = z.object({ id: z.string(), state: z.enum(incomingStates) });
