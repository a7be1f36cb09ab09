import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { insurerRoutes } from '../../functions/insurers/insurer-routes.ts';
import type { ApiVariables } from '../../functions/runtime/http.ts';
import type { NewInsurerView } from '../../schemas/insurer.ts';
import { anInsurer, another, world } from './world.ts';

test('an insurer has to send its statements by the area’s hour, unless it has one of its own', async () => {
  const hub = await world();
  const api = new Hono<{ Variables: ApiVariables }>();
  api.use(async (context, next) => {
    context.set('client', 'operator');
    context.set('now', hub.at());
    await next();
  });
  insurerRoutes(api, hub.wire, false, async () => ({ statementDueBy: '09:30' }));
  const add = async (order: object) => {
    const body = JSON.stringify({ name: '某财险', url: 'https://insurer.example/hooks', ...order });
    const answer = await api.request('/insurers', { method: 'POST', body });
    return ((await answer.json()) as NewInsurerView).statementDueBy;
  };
  expect(await add({ id: anInsurer })).toBe('09:30');
  expect(await add({ id: another, statementDueBy: '17:00' })).toBe('17:00');
});
