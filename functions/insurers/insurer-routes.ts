import type { Context } from 'hono';
import { z } from 'zod';
import { explain, isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import {
  By,
  type Insurer,
  type InsurerHistory,
  type InsurerKey,
  type InsurerView,
  KeyOrder,
  type KeyView,
  type NewInsurerView,
  type NewKeyView,
  RangeOrder,
} from '../../schemas/insurer.ts';
import type { MessageRef } from '../../schemas/messages.ts';
import { defaultSettings, type Settings } from '../../schemas/settings.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { type Api, type ApiVariables, problem, signerOf } from '../runtime/http.ts';
import { type NewKey, revokeKey, rotateKey } from './insurer-keys.ts';
import { type KnownInsurer, listInsurers, readActs, readInsurer } from './insurer-store.ts';
import { endingKeys, missingKeys } from './key-dates.ts';
import { isResting } from './lane.ts';
import { outgoingWrite } from './outbox.ts';
import { addInsurer, approveRange, changeInsurer, proposeRange, removeRange, switchInsurer } from './set-up-insurer.ts';
import type { Setup } from './setup.ts';
import type { Wire } from './wire.ts';

/** Operators set insurers up: settings, keys (secrets are shown once), ranges that need two persons, on and off. */
export function insurerRoutes(
  api: Api,
  wire: Wire,
  allowLoopback: boolean,
  area: () => Promise<Pick<Settings['settlement'], 'statementDueBy'>> = async () => defaultSettings.settlement,
): void {
  const setup: Setup = { ...wire, allowLoopback };
  api.get('/insurers', async (context) => {
    const insurers = await listInsurers(wire.items, wire.insurers);
    const known = await Promise.all(insurers.map(({ id }) => readInsurer(wire.items, wire.insurers, id)));
    return context.json({ insurers: known.flatMap((one) => (one === undefined ? [] : [viewOf(one, wire.now())])) });
  });
  api.post('/insurers', async (context) => {
    const { id, by, ...settings } = By.extend({ id: z.string() })
      .loose()
      .parse(await context.req.json());
    // What is not said of it is as everywhere in the area.
    const { statementDueBy } = await area();
    const added = await addInsurer(setup, id, { statementDueBy, ...settings }, whoIs(context, by));
    if (isRefusal(added)) return answerOf(added);
    return context.json({ ...added.insurer, keys: added.keys.map(shownOnce) } satisfies NewInsurerView, 201);
  });
  api.get('/insurers/:id', async (context) => {
    const id = context.req.param('id');
    const known = await readInsurer(wire.items, wire.insurers, id);
    if (known === undefined) return answerOf(refuse('insurer/no-such-insurer'));
    const acts = await readActs(wire.items, wire.insurers, id, 20);
    return context.json({ ...viewOf(known, wire.now()), acts } satisfies InsurerHistory);
  });
  api.post('/insurers/:id/settings', async (context) => {
    const { by, ...settings } = By.loose().parse(await context.req.json());
    const who = whoIs(context, by);
    return show(await changeInsurer(setup, context.req.param('id'), settings, who));
  });
  for (const [path, state] of [
    ['enable', 'enabled'],
    ['disable', 'disabled'],
  ] as const) {
    api.post(`/insurers/:id/${path}`, async (context) => {
      const { by } = By.parse(await context.req.json());
      return show(await switchInsurer(setup, context.req.param('id'), state, whoIs(context, by)));
    });
  }
  api.post('/insurers/:id/ranges', async (context) => {
    const { by, range, act } = RangeOrder.parse(await context.req.json());
    const id = context.req.param('id');
    if (act === 'remove') return show(await removeRange(setup, id, range, whoIs(context, by)));
    // A name beside a key that many share is only what somebody says.
    if (context.get('person') === undefined) return answerOf(refuse('insurer/own-key-needed'));
    const change = { propose: proposeRange, approve: approveRange }[act];
    return show(await change(setup, id, range, signerOf(context)));
  });
  api.post('/insurers/:id/keys', async (context) => {
    const { by, ...order } = KeyOrder.parse(await context.req.json());
    const made = await rotateKey(setup, context.req.param('id'), order, whoIs(context, by));
    return isRefusal(made) ? answerOf(made) : context.json(shownOnce(made), 201);
  });
  api.post('/insurers/:id/keys/:kid/revoke', async (context) => {
    const { by } = By.parse(await context.req.json());
    const { id, kid } = context.req.param();
    const revoked = await revokeKey(setup, id, kid, whoIs(context, by));
    return isRefusal(revoked) ? answerOf(revoked) : context.json(keyView(revoked));
  });
  api.post('/insurers/:id/ping', async (context) => {
    const insurer = context.req.param('id');
    if ((await readInsurer(wire.items, wire.insurers, insurer)) === undefined)
      return answerOf(refuse('insurer/no-such-insurer'));
    const id = `msg_ping_${wire.newId()}`;
    const ping = { insurer, id, type: 'endpoint.ping', data: {}, at: wire.now().toISOString() } as const;
    await wire.items.write([outgoingWrite(wire.messages, ping)]);
    return context.json({ box: 'out', insurer, id } satisfies MessageRef, 202);
  });
}

/** Whose key signed, and whom the request names beside: `operator/li`, `operator(wang)`. */
function whoIs(context: Context<{ Variables: ApiVariables }>, by: string | undefined): string {
  return by === undefined ? signerOf(context) : `${signerOf(context)}(${by})`;
}

const show = (result: Insurer | Refusal): Response => (isRefusal(result) ? answerOf(result) : Response.json(result));

/** A refusal as a problem document: what is not there is 404, what is there already or was changed meanwhile 409. */
export function answerOf(refusal: Refusal): Response {
  const { zh, en } = explain(refusal);
  const missing = /no-such-(insurer|key|message)$/.test(refusal.code);
  const conflict = /(already-there|changed-meanwhile|same-person|not-to-be-replayed)$/.test(refusal.code);
  const forbidden = refusal.code === 'insurer/own-key-needed';
  return problem(missing ? 404 : conflict ? 409 : forbidden ? 403 : 422, refusal.code, zh, en);
}

function viewOf({ insurer, keys, lane }: KnownInsurer, now: Date): InsurerView {
  return {
    ...insurer,
    keys: keys.map(keyView),
    warnings: warningsOf(insurer, keys, now),
    ...(isResting(lane, now) ? { restUntil: lane.restUntil } : {}),
  };
}

function warningsOf(insurer: Insurer, keys: readonly InsurerKey[], now: Date) {
  const missing = missingKeys(insurer.schemes, keys, now).map(({ scheme, direction }) => ({
    zh: `没有有效密钥：${scheme} ${direction}，请用 rotate-key 登记`,
    en: `No valid key for ${scheme} ${direction}: bring one with rotate-key`,
  }));
  const ending = endingKeys(keys, now).map(({ kid, notAfter }) => {
    const day = civilDateAt(new Date(notAfter!));
    return { kid, zh: `密钥 ${kid} 于 ${day} 到期，请轮换`, en: `The key ${kid} ends on ${day}: rotate it` };
  });
  return [...missing, ...ending];
}

const keyView = ({ insurer: _, sealed: __, ...key }: InsurerKey): KeyView => key;

const shownOnce = ({ stored, secret }: NewKey): NewKeyView => ({
  ...keyView(stored),
  ...(secret === undefined ? {} : { secret }),
});
