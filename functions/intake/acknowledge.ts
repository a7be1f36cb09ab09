import { type Acknowledgement, type Delivery, type NoticeCode, notices } from '../../schemas/delivery.ts';
import { explain, type Refusal } from '../../schemas/errors.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import type { RowRemarks } from './row-remarks.ts';

/** Object keys of a delivery's acknowledgement and error file in the exchange bucket. */
export function acknowledgementKeys(delivery: Pick<Delivery, 'feed' | 'deliveryId'>): { ack: string; errors: string } {
  const stem = `acks/${delivery.feed}/${delivery.deliveryId}`;
  return { ack: `${stem}.ack.json`, errors: `${stem}.errors.csv` };
}

export type Notice = { readonly code: NoticeCode; readonly details: Readonly<Record<string, string | number>> };

/** How a file was read: what readDelivery answers. */
export type FileRead = {
  readonly format: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly headerRow: number;
  readonly blankRows: number;
  readonly columns: readonly { readonly header: string; readonly field: string }[];
  readonly ignored: readonly string[];
  readonly absent: readonly string[];
};

export type Told = {
  readonly refusal?: Refusal;
  readonly notices?: readonly Notice[];
  readonly gaps?: readonly string[];
  readonly manifest: Acknowledgement['manifest'];
  readonly read?: FileRead;
  readonly remarks?: RowRemarks;
};

/** The text of the acknowledgement 回执 of a decided delivery. The same decision gives the same bytes. */
export function acknowledgementOf(delivery: Delivery, told: Told): string {
  const { read, remarks } = told;
  const feed = feedNamed(delivery.feed);
  const ack: Acknowledgement = {
    deliveryId: delivery.deliveryId,
    feed: delivery.feed,
    title: feed?.title ?? { zh: '未知数据源', en: 'Unknown feed' },
    file: delivery.objectKey,
    mode: delivery.mode ?? null,
    dataAsOf: delivery.dataAsOf ?? null,
    sequence: delivery.sequence ?? null,
    bytes: delivery.bytes ?? null,
    sha256: delivery.sha256 ?? null,
    receivedAt: delivery.receivedAt,
    decidedAt: delivery.decidedAt ?? delivery.receivedAt,
    state: delivery.state,
    snapshotId: delivery.snapshotId ?? null,
    refusal: told.refusal === undefined ? null : { code: told.refusal.code, ...explain(told.refusal) },
    notices: (told.notices ?? []).map(wordsOf),
    gaps: [...(told.gaps ?? [])],
    manifest: told.manifest,
    format: read === undefined ? null : formatOf(read),
    columns: (read?.columns ?? []).map(({ header, field }) => ({ header: short(header), field })),
    ignoredColumns: listed((read?.ignored ?? []).map(short)),
    absentColumns: (read?.absent ?? []).map((field) => ({
      field,
      header: feed?.columns.find((column) => column.field === field)?.header ?? field,
    })),
    counts: remarks === undefined || read === undefined ? null : countsOf(remarks, read),
    codes: remarks?.codes ?? [],
    totals: remarks?.totals ?? {},
    acceptedTotals: remarks?.acceptedTotals ?? {},
    change: delivery.change ?? null,
    errors: remarks === undefined ? null : acknowledgementKeys(delivery).errors,
  };
  return `${JSON.stringify(ack, null, 2)}\n`;
}

function countsOf({ counts }: RowRemarks, { blankRows }: FileRead): NonNullable<Acknowledgement['counts']> {
  const { rows, accepted, warned, rejected, dropped } = counts;
  return { received: rows + blankRows, blank: blankRows, read: rows, accepted, warned, rejected, dropped };
}

function formatOf({ format, encoding, delimiter, headerRow }: FileRead): Acknowledgement['format'] {
  return { format, encoding: encoding ?? null, delimiter: delimiter ?? null, headerRow };
}

function wordsOf({ code, details }: Notice): { code: string; zh: string; en: string } {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? '?'));
  return { code, zh: fill(notices[code].zh), en: fill(notices[code].en) };
}

// A file may have hundreds of unknown columns with long names; the item that keeps this text may have 400 KB.
const listed = (names: string[]): string[] =>
  names.length > 200 ? [...names.slice(0, 200), `… ${names.length}`] : names;
const short = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name);
