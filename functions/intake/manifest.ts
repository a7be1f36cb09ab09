import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import type { Column, Feed } from '../../schemas/feeds/feed.ts';
import { fenOfYuan, yuanOfFen } from '../../schemas/money.ts';
import { isCivilDate } from '../../schemas/time.ts';
import type { FileName } from './object-key.ts';

/** A sidecar beyond this is none. */
export const maxManifestBytes = 64 * 1024;

/** Sums of binary fractions come with noise: 320.10000000000002. */
const amount = z.union([z.string(), z.number().transform((sum) => sum.toFixed(2))]);

/** What an agency says about its file; every value may be left out, every value given is checked. */
const Manifest = z.strictObject({
  feed: z.string().optional(),
  dataAsOf: z
    .string()
    .transform((date) => date.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3'))
    .refine(isCivilDate)
    .optional(),
  mode: z.enum(['full', 'delta']).optional(),
  sequence: z.int().positive().optional(),
  rowCount: z.int().nonnegative().optional(),
  totals: z.record(z.string(), amount).optional(),
  digest: z.strictObject({ alg: z.enum(['sha256', 'sm3']), value: z.string().regex(/^[0-9a-fA-F]{64}$/) }).optional(),
});
export type Manifest = z.infer<typeof Manifest>;

/** Reads a sidecar and compares it with what the file's own name says. */
export function parseManifest(text: string, name: FileName): Manifest | Refusal {
  const manifest = readManifest(text);
  if (isRefusal(manifest)) return manifest;
  const said = { feed: name.feed.name, dataAsOf: name.dataAsOf, mode: name.mode, sequence: name.sequence };
  for (const [field, value] of Object.entries(said)) {
    const given = manifest[field as keyof typeof said];
    if (given !== undefined && given !== value)
      return refuse('manifest-invalid', { reason: `${field}: ${given} ≠ ${value}` });
  }
  for (const column of Object.keys(manifest.totals ?? {}))
    if (amountColumn(name.feed, column) === undefined)
      return refuse('manifest-invalid', { reason: `totals: ${column.slice(0, 60)}` });
  return manifest;
}

function readManifest(text: string): Manifest | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return refuse('manifest-invalid', { reason: 'JSON' });
  }
  const parsed = Manifest.safeParse(value);
  if (parsed.success) return parsed.data;
  const known = Object.keys(Manifest.shape).join(', ');
  const fields = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0
      ? `${issue.keys.join(', ')} ∉ ${known}`
      : issue.path.join('.') || issue.code,
  );
  return refuse('manifest-invalid', { reason: [...new Set(fields)].join(', ').slice(0, 200) });
}

/** Compares the digest of the file as it was sent. */
export async function checkDigest({ digest }: Manifest, path: string): Promise<Refusal | undefined> {
  if (digest === undefined) return undefined;
  const hash = createHash(digest.alg);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex') === digest.value.toLowerCase() ? undefined : refuse('digest-differs', { alg: digest.alg });
}

/** Compares rows and control totals (fen per amount column, of all rows read). */
export function checkCounts(
  manifest: Manifest,
  feed: Feed,
  read: { readonly rows: number; readonly totalsFen: Readonly<Record<string, number>> },
): Refusal | undefined {
  if (manifest.rowCount !== undefined && manifest.rowCount !== read.rows)
    return refuse('count-differs', { expected: manifest.rowCount, actual: read.rows });
  for (const [name, expected] of Object.entries(manifest.totals ?? {})) {
    const column = amountColumn(feed, name)!;
    const actual = read.totalsFen[column.field] ?? 0;
    if (fenOfYuan(expected) !== actual)
      return refuse('total-differs', { column: column.header, expected, actual: yuanOfFen(actual) });
  }
  return undefined;
}

/** The amount column that a manifest calls by its field, its header or an alias. */
function amountColumn(feed: Feed, called: string): Column | undefined {
  return amountColumns(feed).find(({ field, header, aliases = [] }) => [field, header, ...aliases].includes(called));
}

export const amountColumns = (feed: Feed): Column[] => feed.columns.filter(({ type }) => type.kind === 'amount');
