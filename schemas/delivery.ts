import { z } from 'zod';
import type { Words } from './errors.ts';

const civilDate = z.iso.date();
const count = z.int().nonnegative();
const words = z.object({ zh: z.string(), en: z.string() });
const yuan = z.string().regex(/^-?\d+\.\d{2}$/);

/** States of a delivery and what each may become; the one list of them. */
export const deliveryTransitions = {
  /** Taken from the landing bucket, not decided yet. */
  received: ['accepted', 'refused', 'held', 'waiting', 'superseded'],
  /** Looks wrong as a whole: a second person decides. */
  held: ['released', 'refused'],
  released: ['accepted', 'refused'],
  /** A delta after a gap in the sequence. */
  waiting: ['waiting', 'accepted', 'refused', 'superseded'],
  /** Its snapshot exists. */
  accepted: [],
  /** A delta that came when a later full delivery already stood for everything before it. */
  superseded: [],
  /** Changed nothing. The same file uploaded again is looked at again. */
  refused: ['received'],
} as const satisfies Record<string, readonly string[]>;
export type DeliveryState = keyof typeof deliveryTransitions;
export const deliveryState = z.enum(Object.keys(deliveryTransitions) as [DeliveryState]);

/** States that a delivery may come from to become `state`. */
export function statesBefore(state: DeliveryState): DeliveryState[] {
  const all = Object.entries(deliveryTransitions) as [DeliveryState, readonly DeliveryState[]][];
  return all.filter(([, after]) => after.includes(state)).map(([before]) => before);
}

/** What a full delivery would change, or changed, of the content before it; counted by row key. */
export const Change = z.object({
  /** The snapshot it is compared with. */
  against: z.string(),
  rowsBefore: count,
  rowsAfter: count,
  added: count,
  removed: count,
  /** Same row key, other values. */
  changed: count,
});
export type Change = z.infer<typeof Change>;

/** Remarks of an acknowledgement that are no refusals. */
export const notices = {
  'newer-content-exists': {
    zh: '已有数据截止日期更新的数据（{current}），本次数据仅作为 {dataAsOf} 的历史数据保存。',
    en: 'Newer content exists (as of {current}); this delivery became the content as of {dataAsOf} only.',
  },
  'data-as-of-not-declared': {
    zh: '没有清单，数据截止日期取自文件名（未声明）。',
    en: 'There was no manifest; the data-as-of is the one of the file name.',
  },
  'data-as-of-given-with-push': {
    zh: '没有清单，数据截止日期 {dataAsOf} 由报送人在报送时指定，未经来源单位声明。',
    en: 'There was no manifest; the data-as-of {dataAsOf} was given by who pushed the file, not declared by its agency.',
  },
  'gap-before-delta': {
    zh: '缺少序号 {missing}，本增量暂存，补齐后自动接收。请补报缺少的文件，或报送一份全量。',
    en: 'Sequence {missing} is missing; this delta waits for it. Send what is missing, or a full delivery.',
  },
  'no-full-delivery-yet': {
    zh: '尚无全量数据，本增量暂存。请先报送一份全量。',
    en: 'There is no full delivery yet; this delta waits. Send a full one first.',
  },
  superseded: {
    zh: '序号更大的全量（序号 {sequence}）已替换全部数据，本增量不再需要。',
    en: 'A later full delivery (sequence {sequence}) stands for all content; this delta is no longer needed.',
  },
  'held-few-rows': {
    zh: '行数由 {before} 降至 {after}，疑似不完整，已暂存待复核。请与医保局确认。',
    en: 'The list fell from {before} to {after} rows and is held for review. Confirm it with the bureau.',
  },
  'held-many-rows': {
    zh: '行数由 {before} 增至 {after}，已暂存待复核。请与医保局确认。',
    en: 'The list grew from {before} to {after} rows and is held for review. Confirm it with the bureau.',
  },
  'held-many-changes': {
    zh: '{before} 行中有 {changed} 行内容变化或被替换，已暂存待复核。请与医保局确认。',
    en: '{changed} of {before} rows changed or were replaced; the delivery is held for review. Confirm it with the bureau.',
  },
} as const satisfies Record<string, Words>;
export type NoticeCode = keyof typeof notices;

/** Acknowledgement 回执: `acks/<feed>/<deliveryId>.ack.json` in the exchange bucket. No name or number is in it. */
export const Acknowledgement = z.object({
  deliveryId: z.string(),
  feed: z.string(),
  title: words,
  /** Object key in the landing bucket, where the original stays. */
  file: z.string(),
  mode: z.enum(['full', 'delta']).nullable(),
  dataAsOf: civilDate.nullable(),
  sequence: z.int().positive().nullable(),
  bytes: count.nullable(),
  sha256: z.string().nullable(),
  receivedAt: z.iso.datetime(),
  decidedAt: z.iso.datetime(),
  state: deliveryState,
  snapshotId: z.string().nullable(),
  refusal: z.object({ code: z.string(), zh: z.string(), en: z.string() }).nullable(),
  notices: z.array(z.object({ code: z.string(), zh: z.string(), en: z.string() })),
  /** Sequences that must come before this delta: `3`, `5-7`. */
  gaps: z.array(z.string()),
  manifest: z.enum(['checked', 'none', 'failed']),
  /** How the file was read; null when it was not. */
  format: z
    .object({
      format: z.string(),
      encoding: z.string().nullable(),
      delimiter: z.string().nullable(),
      /** Row of the header as Excel numbers it. */
      headerRow: count,
    })
    .nullable(),
  columns: z.array(z.object({ header: z.string(), field: z.string() })),
  /** Headers of the file that no column of the feed has. */
  ignoredColumns: z.array(z.string()),
  /** Columns of the feed that the file does not have. */
  absentColumns: z.array(z.object({ header: z.string(), field: z.string() })),
  /**
   * `received`: rows of the file with its blank ones; `read` = accepted + rejected + dropped; `warned`: accepted
   * rows with a warning. Null when the file was not read.
   */
  counts: z
    .object({
      received: count,
      blank: count,
      read: count,
      accepted: count,
      warned: count,
      rejected: count,
      dropped: count,
    })
    .nullable(),
  /** Rows per row code. */
  codes: z.array(z.object({ code: z.string(), severity: z.string(), rows: count, zh: z.string(), en: z.string() })),
  /** Control totals in yuan per amount column: of all rows read, as the manifest counts them … */
  totals: z.record(z.string(), yuan),
  /** … and of the accepted ones. */
  acceptedTotals: z.record(z.string(), yuan),
  change: Change.nullable(),
  /** Object key of the error file in the exchange bucket; null when the file was not read. */
  errors: z.string().nullable(),
});
export type Acknowledgement = z.infer<typeof Acknowledgement>;

/** A delivery: an item of the table `deliveries`. */
export const Delivery = z.object({
  deliveryId: z.string(),
  feed: z.string(),
  objectKey: z.string(),
  state: deliveryState,
  mode: z.enum(['full', 'delta']).optional(),
  dataAsOf: civilDate.optional(),
  sequence: z.int().positive().optional(),
  bytes: count.optional(),
  sha256: z.string().optional(),
  /** Names the upload: the same file uploaded again has another one. */
  upload: z.string(),
  /** Text of the sidecar when the file was taken; absent: taken without one. */
  manifest: z.string().optional(),
  receivedAt: z.iso.datetime(),
  decidedAt: z.iso.datetime().optional(),
  /** Who released or refused a held delivery. */
  decidedBy: z.string().optional(),
  snapshotId: z.string().optional(),
  change: Change.optional(),
  /** Lake object with the file of a delivery that is held or waits, whatever becomes of the one in `landing`. */
  copyKey: z.string().optional(),
  /** The acknowledgement as it is written to the exchange bucket. */
  acknowledgement: z.string().optional(),
});
export type Delivery = z.infer<typeof Delivery>;

const record = z.object({
  eventName: z.string().optional(),
  eventTime: z.string().optional(),
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      /** URL-encoded, blanks as `+`. */
      key: z.string(),
      size: count.optional(),
      eTag: z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});
export type ObjectRecord = z.infer<typeof record>;

/** Messages of the queue `intake`; each may come twice, late, or out of order. */
export const IntakeMessage = z.union([
  z.object({ Records: z.array(record) }),
  /** What S3 sends once when a notification is set up. */
  z.object({ Event: z.literal('s3:TestEvent') }),
  /** A hold was decided, or a gap was closed. */
  z.object({ kind: z.literal('resume'), deliveryId: z.string() }),
]);
export type IntakeMessage = z.infer<typeof IntakeMessage>;

/** `POST /v1/feeds/{feed}/deliveries`: a file is announced. */
export const PushOrder = z.object({
  mode: z.enum(['full', 'delta']).default('full'),
  dataAsOf: civilDate,
  /** Absent: the feed's next. */
  sequence: z.int().min(1).max(999_999_999).optional(),
  extension: z.string().regex(/^[a-z0-9]+(\.[a-z0-9]+)?$/),
});
/** Where to put it, and its manifest before it, within fifteen minutes. */
export const UploadAddresses = z.object({
  key: z.string(),
  sequence: z.int(),
  uploadUrl: z.url(),
  manifestUploadUrl: z.url(),
});
export type UploadAddresses = z.infer<typeof UploadAddresses>;

/** A delivery as its followers see it. */
export const DeliveryView = Delivery.pick({
  deliveryId: true,
  feed: true,
  state: true,
  receivedAt: true,
  mode: true,
  dataAsOf: true,
  sequence: true,
  change: true,
}).extend({
  /** Object key of the file. */
  key: z.string(),
  /** Why it was refused, is held or waits, and what else is to be said of it. */
  reasons: Acknowledgement.shape.notices.optional(),
  counts: Acknowledgement.shape.counts.optional(),
  /** Addresses of the acknowledgement and its error list, once the hub has decided. */
  acknowledgement: z.object({ ack: z.url(), errors: z.url().nullable() }).optional(),
});
export type DeliveryView = z.infer<typeof DeliveryView>;
export const DeliveriesQuery = z.object({ feed: z.string().optional(), key: z.string().optional() });
export const DeliveryList = z.object({ deliveries: z.array(DeliveryView) });
export type DeliveryList = z.infer<typeof DeliveryList>;
