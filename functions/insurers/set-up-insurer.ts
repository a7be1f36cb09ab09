import { z } from 'zod';
import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import { type AllowedRange, type Insurer, InsurerSettings, type InsurerState } from '../../schemas/insurer.ts';
import { isUscc } from '../../schemas/uscc.ts';
import { privateRange } from './addresses.ts';
import { type NewKey, newKey } from './insurer-keys.ts';
import { insurerWrite, type KnownInsurer, newInsurerWrites, newKeyWrite, readInsurer } from './insurer-store.ts';
import { actOf, type Setup } from './setup.ts';

/** A new insurer with the keys that the hub makes for it; this is the only time their secrets are shown. */
export async function addInsurer(
  setup: Setup,
  id: string,
  given: unknown,
  by: string,
): Promise<{ insurer: Insurer; keys: NewKey[] } | Refusal> {
  if (!isUscc(id)) return refuse('insurer/bad-id', { id });
  const settings = settingsOf(given, setup.allowLoopback);
  if (isRefusal(settings)) return settings;
  const createdAt = setup.now().toISOString();
  const insurer: Insurer = { ...settings, id, state: 'enabled', ranges: [], createdAt, version: 1 };
  const made: NewKey[] = [];
  for (const scheme of settings.schemes) {
    for (const direction of ['in', 'out'] as const) {
      const key = await newKey(setup, insurer, { scheme, direction });
      // A pair to verify with is made by the insurer, who gives its public key later.
      if (!isRefusal(key)) made.push(key);
    }
  }
  const written = await setup.items.write([
    ...newInsurerWrites(setup.insurers, insurer),
    ...made.map(({ stored }) => newKeyWrite(setup.insurers, stored)),
    actOf(setup, id, by, 'add'),
  ]);
  return written ? { insurer, keys: made } : refuse('insurer/already-there');
}

/** Other settings for an insurer; what is not given stays. */
export function changeInsurer(setup: Setup, id: string, given: object, by: string): Promise<Insurer | Refusal> {
  return change(setup, id, by, `change ${Object.keys(given).join(' ')}`, ({ insurer }) => {
    const before = Object.fromEntries(
      Object.keys(InsurerSettings.shape).map((name) => [name, insurer[name as 'name']]),
    );
    const settings = settingsOf({ ...before, ...given }, setup.allowLoopback);
    return isRefusal(settings) ? settings : { ...insurer, ...settings };
  });
}

/** Disabled, nothing goes either way; enabled again, what became due meanwhile is sent. */
export async function switchInsurer(
  setup: Setup,
  id: string,
  state: Exclude<InsurerState, 'gone'>,
  by: string,
): Promise<Insurer | Refusal> {
  const changed = await change(setup, id, by, state, ({ insurer }) => ({ ...insurer, state }));
  if (!isRefusal(changed) && state === 'enabled') await setup.outbox.send([{ insurer: id }]);
  return changed;
}

/** A private range that messages to this insurer may go to: proposed by one person, in force when another approves. */
export function proposeRange(setup: Setup, id: string, text: string, by: string): Promise<Insurer | Refusal> {
  return change(setup, id, by, `propose-range ${text}`, ({ insurer }) => {
    const range = privateRange(text);
    if (range === undefined) return refuse('insurer/bad-range', { range: text });
    if (insurer.ranges.some((known) => known.range === range)) return insurer;
    const proposed: AllowedRange = { range, proposedBy: by, proposedAt: setup.now().toISOString() };
    return { ...insurer, ranges: [...insurer.ranges, proposed] };
  });
}

export function approveRange(setup: Setup, id: string, text: string, by: string): Promise<Insurer | Refusal> {
  return change(setup, id, by, `approve-range ${text}`, ({ insurer }) => {
    const range = privateRange(text) ?? text;
    const proposed = insurer.ranges.find((known) => known.range === range);
    if (proposed === undefined) return refuse('insurer/no-such-range');
    if (proposed.approvedBy !== undefined) return insurer;
    if (proposed.proposedBy === by) return refuse('insurer/same-person');
    const approved = { ...proposed, approvedBy: by, approvedAt: setup.now().toISOString() };
    return { ...insurer, ranges: insurer.ranges.map((known) => (known === proposed ? approved : known)) };
  });
}

/** One person is enough to close a range. */
export function removeRange(setup: Setup, id: string, text: string, by: string): Promise<Insurer | Refusal> {
  return change(setup, id, by, `remove-range ${text}`, ({ insurer }) => {
    const range = privateRange(text) ?? text;
    if (!insurer.ranges.some((known) => known.range === range)) return refuse('insurer/no-such-range');
    return { ...insurer, ranges: insurer.ranges.filter((known) => known.range !== range) };
  });
}

async function change(
  setup: Setup,
  id: string,
  by: string,
  what: string,
  to: (known: KnownInsurer) => Insurer | Refusal,
): Promise<Insurer | Refusal> {
  const known = await readInsurer(setup.items, setup.insurers, id);
  if (known === undefined) return refuse('insurer/no-such-insurer');
  const next = to(known);
  if (isRefusal(next) || next === known.insurer) return next;
  const written = await setup.items.write([insurerWrite(setup.insurers, next), actOf(setup, id, by, what)]);
  return written ? { ...next, version: next.version + 1 } : refuse('insurer/changed-meanwhile');
}

function settingsOf(given: unknown, allowLoopback: boolean): InsurerSettings | Refusal {
  const parsed = InsurerSettings.safeParse(given);
  if (!parsed.success) {
    const words = (language: 'zhCN' | 'en') => {
      const { error } = InsurerSettings.safeParse(given, { error: z.locales[language]().localeError });
      return (error?.issues ?? []).map(({ path, message }) => `${path.join('.') || '·'}: ${message}`).join('; ');
    };
    return refuse('insurer/bad-settings', { zh: words('zhCN'), en: words('en') });
  }
  const { channel, url, schemes } = parsed.data;
  if (channel === 'https' && url === undefined) return refuse('insurer/no-url');
  if (url !== undefined) {
    const { protocol, username, password, hostname } = new URL(url);
    const here = allowLoopback && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
    if (username !== '' || password !== '' || (protocol !== 'https:' && !here)) return refuse('insurer/bad-url');
  }
  return { ...parsed.data, schemes: [...new Set(schemes)] };
}
