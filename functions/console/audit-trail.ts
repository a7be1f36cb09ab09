import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { z } from 'zod';
import { civilDateAt } from '../../schemas/time.ts';
import { type Api, type ApiVariables, signerOf } from '../runtime/http.ts';
import type { Items } from '../runtime/items.ts';

/** One request that was let in: who, when, what about, with which outcome. Never an amount, a name or a number. */
export const AuditEntry = z.object({
  at: z.iso.datetime(),
  client: z.string(),
  /** Method and route, such as `POST /v1/deliveries/:id/release`. */
  act: z.string(),
  /** What the route's parameters named: a delivery, a run, a bill, an insurer. */
  about: z.record(z.string(), z.string()),
  requestId: z.string(),
  status: z.int(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** `GET /v1/audit/{day}`: in the order of time. */
export const AuditDay = z.object({ day: z.iso.date(), entries: z.array(AuditEntry) });
type AuditDay = z.infer<typeof AuditDay>;

/**
 * Keeps a trail of the requests that pass. The entry is made before the answer leaves: who cannot be recorded gets no
 * answer.
 */
export function auditTrail(items: Items, table: string): MiddlewareHandler<{ Variables: ApiVariables }> {
  return async (context, next) => {
    await next();
    const entry: AuditEntry = {
      at: context.get('now').toISOString(),
      client: signerOf(context),
      act: `${context.req.method} ${routePath(context, -1)}`,
      about: context.get('about') ?? context.req.param(),
      requestId: context.get('requestId'),
      status: context.res.status,
    };
    // The same request sent twice is two accesses: each has its own instant.
    await items.write([{ table, put: { ...auditKey(entry), ...entry } }]);
  };
}

/** Entries of one day in Shanghai, in the order of time. */
export async function auditOf(items: Items, table: string, day: string): Promise<AuditEntry[]> {
  const entries = await items.query(table, { pk: day });
  return entries.map((item) => AuditEntry.parse(item));
}

export function auditRoutes(api: Api, items: Items, table: string): void {
  api.get('/audit/:day', async (context) => {
    const day = z.iso.date().parse(context.req.param('day'));
    return context.json({ day, entries: await auditOf(items, table, day) } satisfies AuditDay);
  });
}

const auditKey = ({ at, requestId }: AuditEntry) => ({ pk: civilDateAt(new Date(at)), sk: `${at}#${requestId}` });
