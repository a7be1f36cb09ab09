import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { auditOf, auditTrail } from '../../functions/console/audit-trail.ts';
import type { ApiVariables } from '../../functions/runtime/http.ts';
import { memoryItems } from '../simulator/memory-items.ts';

const now = new Date('2026-11-20T16:30:00Z');

function hub(items = memoryItems()) {
  const api = new Hono<{ Variables: ApiVariables }>().basePath('/v1');
  api.use(async (context, next) => {
    context.set('client', 'operator');
    context.set('requestId', context.req.header('webhook-id') ?? '');
    context.set('now', now);
    return next();
  });
  api.use(auditTrail(items, 'audit'));
  api.get('/cases/:ref', (context) => context.json({ certno: '500299198801011234', ref: context.req.param('ref') }));
  api.onError(() => new Response('fault', { status: 500 }));
  return { api, items };
}

describe('the audit trail', () => {
  it('tells who read which case when, and nothing of what stood in it', async () => {
    const { api, items } = hub();
    await api.request('/v1/cases/ABCDEFGH?x=1', { headers: { 'webhook-id': 'msg_1' } });
    // 00:30 of the next day in Shanghai.
    const entries = await auditOf(items, 'audit', '2026-11-21');
    expect(entries).toEqual([
      {
        at: now.toISOString(),
        client: 'operator',
        act: 'GET /v1/cases/:ref',
        about: { ref: 'ABCDEFGH' },
        requestId: 'msg_1',
        status: 200,
      },
    ]);
    expect(JSON.stringify(items.all('audit'))).not.toContain('500299');
  });

  it('answers nobody whose access cannot be recorded', async () => {
    const broken = memoryItems({
      before: async (operation) => {
        if (operation === 'write') throw new Error('no table');
      },
      after: async () => {},
    });
    const answer = await hub(broken).api.request('/v1/cases/ABCDEFGH');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('500299');
  });
});
