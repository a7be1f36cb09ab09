import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accept, inForce, personKeyOf, propose, withdraw } from '../../functions/cases/exemptions.ts';
import type { ApiVariables } from '../../functions/runtime/http.ts';
import type { Case } from '../../schemas/case.ts';
import type { Exemption } from '../../schemas/exemption.ts';
import { personRef } from '../../schemas/person-ref.ts';
import { startLocalStores } from './local-stores.ts';

const secret = 'a secret that is only for tests, 32+';
const key = 'C:500299198801011234';
const ref = personRef(secret, key);
const person = { person_ref: ref, person_key: key };
const proposal = { reason: '在外地参保，已核实', until: '2022-12-31' };
const act = (by: string) => ({ by, at: '2022-06-30T01:00:00.000Z' });

describe('an exemption', () => {
  const proposed = propose(undefined, person, proposal, act('clerk')) as Exemption;

  it('holds when another person has accepted it, until its day', () => {
    expect(accept(proposed, act('clerk'))).toBe('same-person');
    const accepted = accept(proposed, act('head')) as Exemption;
    expect([inForce([proposed], '2022-06-30'), inForce([accepted], '2022-12-30')]).toEqual([[], [key]]);
    expect(inForce([accepted], '2022-12-31')).toEqual([]);
  });

  it('ends when it is withdrawn, and may be proposed again; nothing of what was done is forgotten', () => {
    const ended = withdraw(accept(proposed, act('head')) as Exemption, act('clerk')) as Exemption;
    expect(inForce([ended], '2022-06-30')).toEqual([]);
    const again = propose(ended, person, { ...proposal, until: '2023-12-31' }, act('head')) as Exemption;
    expect(again).toMatchObject({ state: 'proposed', until: '2023-12-31', version: 4 });
    expect(again.steps.map(({ to, by }) => `${to} ${by}`)).toEqual([
      'proposed clerk',
      'accepted head',
      'withdrawn clerk',
      'proposed head',
    ]);
  });

  it('goes from no state to one that does not follow', () => {
    const accepted = accept(proposed, act('head')) as Exemption;
    const outcomes = [
      accept(undefined, act('a')),
      accept(accepted, act('a')),
      propose(accepted, person, proposal, act('a')),
    ];
    expect(outcomes).toEqual(['none-proposed', 'wrong-state', 'wrong-state']);
  });
});

describe('the person behind a case', () => {
  it.each([
    ['a citizen number', key, '500299198801011234'],
    ['an old number, upgraded', key, '500299880101123'],
    ['a passport', '16:E12345678', 'e12345678'],
    ['a birth', 'B:A000000001', 'A000000001'],
  ])('is found by %s', (_, personKey, certno) => {
    expect(personKeyOf(secret, personRef(secret, personKey), certno)).toBe(personKey);
  });

  it('is nobody where the number belongs to somebody else, or to no one', () => {
    expect(personKeyOf(secret, ref, '500299198801011250')).toBeUndefined();
    expect(personKeyOf(secret, personRef(secret, 'U:500299:P1'), '500299198801011233')).toBeUndefined();
    expect(personKeyOf(secret, ref, null)).toBeUndefined();
  });
});

describe('over the API', () => {
  let stores: { stop(): Promise<void> };
  let ask: (method: string, path: string, body?: object, person?: string) => Promise<[number, Record<string, unknown>]>;
  beforeAll(async () => {
    stores = await startLocalStores();
    process.env.CANBAO_SECRET = secret;
    const { Hono } = await import('hono');
    const { caseStore } = await import('../../functions/cases/case-store.ts');
    const { caseRoutes } = await import('../../functions/cases/case-routes.ts');
    const { exemptionRoutes } = await import('../../functions/cases/exemption-routes.ts');
    const api = new Hono<{ Variables: ApiVariables }>().basePath('/v1');
    api.use(async (context, next) => {
      context.set('client', 'operator');
      const person = context.req.header('person');
      if (person) context.set('person', person);
      context.set('now', new Date('2022-06-30T01:00:00Z'));
      return next();
    });
    caseRoutes(api);
    exemptionRoutes(api);
    const run = { runId: 'r1', order: '1', asOf: '2022-06-30', at: '2022-06-30T00:00:00.000Z' };
    const item: Case = {
      ...{ person_ref: ref, state: 'open', version: 1, priority: 'P2', township: '500299001', village: null },
      ...{ psn_name: '张三', certno: '500299198801011234', findings: [], opened: run, updated: run },
    };
    await caseStore.write([{ previous: undefined, item }]);
    ask = async (method, path, body, person) => {
      const headers = { ...(person && { person }) };
      const answer = await api.request(`/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      return [answer.status, (await answer.json()) as Record<string, unknown>];
    };
  }, 60_000);
  afterAll(() => stores.stop());

  it('is proposed by one person, accepted by another, and stands on the case without the number', async () => {
    const path = `/cases/${ref}/exemption`;
    expect(await ask('POST', `${path}/accept`, {}, 'li')).toMatchObject([404, { code: 'exemption/none-proposed' }]);
    expect(await ask('POST', path, proposal, 'wang')).toMatchObject([200, { state: 'proposed' }]);
    expect(await ask('POST', `${path}/accept`, {}, 'wang')).toMatchObject([409, { code: 'exemption/same-person' }]);
    expect(await ask('POST', `${path}/accept`, {}, 'li')).toMatchObject([200, { state: 'accepted' }]);
    expect(await ask('POST', path, proposal, 'wang')).toMatchObject([409, { code: 'exemption/wrong-state' }]);
    const [, found] = await ask('GET', `/cases/${ref}`);
    expect(found.exemption).toMatchObject({
      state: 'accepted',
      steps: [{ by: 'operator/wang' }, { by: 'operator/li' }],
    });
    const [, list] = await ask('GET', '/exemptions');
    expect(list).toMatchObject({ exemptions: [{ person_ref: ref }] });
    expect(JSON.stringify([found, list])).not.toContain('500299198801011234');
  });

  it('is no matter for the key that operators share', async () => {
    for (const path of [`/cases/${ref}/exemption`, `/cases/${ref}/exemption/accept`])
      expect(await ask('POST', path, proposal)).toMatchObject([403, { code: 'exemption/own-key-needed' }]);
  });

  it('is for somebody who has a case', async () => {
    expect(await ask('POST', '/cases/AAAA/exemption', proposal, 'wang')).toMatchObject([404, { code: 'no-such-case' }]);
  });
});
