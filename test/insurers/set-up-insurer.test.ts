import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { revokeKey, rotateKey } from '../../functions/insurers/insurer-keys.ts';
import { listInsurers, readActs, readInsurer } from '../../functions/insurers/insurer-store.ts';
import { endingKeys, missingKeys } from '../../functions/insurers/key-dates.ts';
import {
  addInsurer,
  approveRange,
  changeInsurer,
  proposeRange,
  removeRange,
  switchInsurer,
} from '../../functions/insurers/set-up-insurer.ts';
import { checkKey, newKeys } from '../../functions/runtime/signatures/keys.ts';
import { explain, isRefusal, type Refusal } from '../../schemas/errors.ts';
import { anInsurer, another, claim, world } from './world.ts';

const settings = { name: '某财险', url: 'https://insurer.example/hooks' };
const codeOf = (result: unknown) => (isRefusal(result) ? result.code : 'done');
const good = <T>(result: T | Refusal): T => {
  if (isRefusal(result)) throw new Error(result.code);
  return result;
};

describe('adding an insurer', () => {
  test('makes keys for both directions, shows their secrets once and stores them sealed', async () => {
    const hub = await world();
    const { insurer, keys } = good(
      await addInsurer(hub.setup, anInsurer, { ...settings, schemes: ['v1', 'sm3'] }, 'a'),
    );
    expect(insurer).toMatchObject({ id: anInsurer, state: 'enabled', toleranceSeconds: 300, statementDueBy: '12:00' });
    expect(keys.map(({ stored }) => `${stored.scheme} ${stored.direction}`)).toEqual([
      'v1 in',
      'v1 out',
      'sm3 in',
      'sm3 out',
    ]);
    for (const { stored, secret } of keys) expect(checkKey(stored.scheme, 'signing', secret!)).toBeUndefined();
    const kept = JSON.stringify(hub.items.all('insurers'), (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    for (const { secret } of keys) expect(kept).not.toContain(secret!.slice('whsec_'.length));
  });

  test('makes the hub’s pair and waits for the insurer’s public key, where the scheme has pairs', async () => {
    const hub = await world();
    const { keys } = good(await addInsurer(hub.setup, anInsurer, { ...settings, schemes: ['sm2', 'v1a'] }, 'a'));
    expect(keys.map(({ stored, secret }) => [stored.scheme, stored.direction, secret])).toEqual([
      ['sm2', 'out', undefined],
      ['v1a', 'out', undefined],
    ]);
    for (const { stored } of keys) expect(checkKey(stored.scheme, 'verifying', stored.publicKey!)).toBeUndefined();
    for (const scheme of ['sm2', 'v1a'] as const) {
      const own = newKeys(scheme);
      const order = { scheme, direction: 'in' } as const;
      expect(codeOf(await rotateKey(hub.setup, anInsurer, order, 'a'))).toBe('insurer/public-key-needed');
      expect(codeOf(await rotateKey(hub.setup, anInsurer, { ...order, publicKey: 'xyz' }, 'a'))).toBe(
        'insurer/bad-key',
      );
      good(await rotateKey(hub.setup, anInsurer, { ...order, publicKey: own.verifying }, 'a'));
      const key = { kid: 'k', scheme, key: own.signing, notBefore: '1970-01-01T00:00:00Z' };
      expect((await hub.post({ id: anInsurer, own: [key] }, `m-${scheme}`, claim())).status).toBe(202);
    }
  });

  test('takes an Ed25519 key of an insurer as the PEM that openssl writes, and names the forms where it takes none', async () => {
    const hub = await world();
    good(await addInsurer(hub.setup, anInsurer, { ...settings, schemes: ['v1a'] }, 'a'));
    const pair = generateKeyPairSync('ed25519');
    const publicPem = pair.publicKey.export({ format: 'pem', type: 'spki' }) as string;
    const privatePem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'pem', type: 'spki' });
    const order = { scheme: 'v1a', direction: 'in' } as const;
    for (const wrong of [privatePem, rsa as string, publicPem.repeat(2), publicPem.replace('MCow', 'MCox'), 'xyz']) {
      const refused = await rotateKey(hub.setup, anInsurer, { ...order, publicKey: wrong }, 'a');
      if (!isRefusal(refused)) throw new Error('taken');
      expect(refused.code).toBe('insurer/bad-key');
      const { zh, en } = explain(refused);
      for (const words of [zh, en]) expect(words).toMatch(/PEM \(SPKI\) \| whpk_ \+ base64/);
    }
    good(await rotateKey(hub.setup, anInsurer, { ...order, publicKey: publicPem.trim() }, 'a'));
    const key = { kid: 'k', scheme: 'v1a' as const, key: privatePem, notBefore: '1970-01-01T00:00:00Z' };
    expect((await hub.post({ id: anInsurer, own: [key] }, 'm1', claim())).status).toBe(202);
  });

  test('refuses what cannot be, with its reason', async () => {
    const hub = await world();
    const add = async (id: string, more: object) =>
      codeOf(await addInsurer(hub.setup, id, { ...settings, ...more }, 'a'));
    expect(await add('91440800MA4UUUUU20', {})).toBe('insurer/bad-id');
    expect(await add(anInsurer, { url: undefined })).toBe('insurer/no-url');
    expect(await add(anInsurer, { url: 'http://insurer.example/' })).toBe('insurer/bad-url');
    expect(await add(anInsurer, { url: 'http://127.0.0.1:99/' })).toBe('insurer/bad-url');
    for (const who of ['u:p', 'u', ':p'])
      expect(await add(anInsurer, { url: `https://${who}@insurer.example/` })).toBe('insurer/bad-url');
    expect(await add(anInsurer, { schemes: ['v2'] })).toBe('insurer/bad-settings');
    expect(await add(anInsurer, { statementDueBy: '25:00' })).toBe('insurer/bad-settings');
    expect(hub.items.all('insurers')).toEqual([]);
    expect(await add(anInsurer, { channel: 'file', url: undefined })).toBe('done');
    expect(await add(anInsurer, {})).toBe('insurer/already-there');
    expect((await listInsurers(hub.items, 'insurers')).map(({ id }) => id)).toEqual([anInsurer]);
  });

  test('lets insurers on this machine in only where the hub is embedded', async () => {
    const hub = await world();
    const embedded = { ...hub.setup, allowLoopback: true };
    expect(codeOf(await addInsurer(embedded, anInsurer, { ...settings, url: 'http://127.0.0.1:99/' }, 'a'))).toBe(
      'done',
    );
  });
});

describe('settings', () => {
  test('change as said and stay otherwise; who did what is kept', async () => {
    const hub = await world();
    await hub.insurer();
    good(await changeInsurer(hub.setup, anInsurer, { toleranceSeconds: 60 }, 'operator/li'));
    const known = (await readInsurer(hub.items, 'insurers', anInsurer))!;
    expect(known.insurer).toMatchObject({ name: '某财险', toleranceSeconds: 60, version: 2 });
    expect(codeOf(await changeInsurer(hub.setup, another, {}, 'a'))).toBe('insurer/no-such-insurer');
    expect(codeOf(await changeInsurer(hub.setup, anInsurer, { url: 'http://x.example/' }, 'a'))).toBe(
      'insurer/bad-url',
    );
    const acts = await readActs(hub.items, 'insurers', anInsurer, 10);
    expect(acts).toMatchObject([
      { by: 'operator/li', what: 'change toleranceSeconds' },
      { by: 'test', what: 'add' },
    ]);
  });

  test('a smaller tolerance holds at once', async () => {
    const hub = await world();
    const from = await hub.insurer();
    good(await changeInsurer(hub.setup, anInsurer, { toleranceSeconds: 60 }, 'a'));
    const at = new Date(hub.at().getTime() - 61_000);
    expect((await hub.post(from, 'm1', claim(), { at })).status).toBe(401);
  });
});

describe('a private range', () => {
  const approved = async (hub: Awaited<ReturnType<typeof world>>) => {
    await hub.tell(`m${hub.requests.length}`);
    await hub.settle();
    return hub.requests.at(-1)!.allowedRanges;
  };

  test('opens only when another person than the one who proposed it approves', async () => {
    const hub = await world();
    await hub.insurer();
    expect(codeOf(await approveRange(hub.setup, anInsurer, '10.20.0.0/16', 'li'))).toBe('insurer/no-such-range');
    good(await proposeRange(hub.setup, anInsurer, '10.20.9.9/16', 'li'));
    expect(await approved(hub)).toEqual([]);
    expect(codeOf(await approveRange(hub.setup, anInsurer, '10.20.0.0/16', 'li'))).toBe('insurer/same-person');
    expect(await approved(hub)).toEqual([]);
    good(await proposeRange(hub.setup, anInsurer, '10.20.0.0/16', 'wang'));
    expect(codeOf(await approveRange(hub.setup, anInsurer, '10.20.0.0/16', 'li'))).toBe('insurer/same-person');
    good(await approveRange(hub.setup, anInsurer, '10.20.0.0/16', 'wang'));
    expect(await approved(hub)).toEqual(['10.20.0.0/16']);
    good(await removeRange(hub.setup, anInsurer, '10.20.0.0/16', 'li'));
    expect(await approved(hub)).toEqual([]);
  });

  test('is never a public or a metadata one', async () => {
    const hub = await world();
    await hub.insurer();
    for (const range of ['0.0.0.0/0', '8.8.8.0/24', '169.254.0.0/16', '127.0.0.0/8', 'fe80::/10', 'ten'])
      expect(codeOf(await proposeRange(hub.setup, anInsurer, range, 'li'))).toBe('insurer/bad-range');
  });
});

describe('keys', () => {
  test('warn thirty days before they end, unless another follows', async () => {
    const hub = await world();
    const { own } = await hub.insurer();
    const keys = async () => (await readInsurer(hub.items, 'insurers', anInsurer))!.keys;
    const after = (days: number) => new Date(hub.at().getTime() + days * 86_400_000);
    expect(endingKeys(await keys(), after(334))).toEqual([]);
    expect(endingKeys(await keys(), after(336)).map(({ direction }) => direction)).toEqual(['in', 'out']);
    hub.skip(340 * 86_400);
    await hub.elapse(60);
    expect(hub.measured.KeysEnding).toBe(2);
    good(await rotateKey(hub.setup, anInsurer, { scheme: 'v1', direction: 'in' }, 'a'));
    expect(endingKeys(await keys(), hub.at()).map(({ direction }) => direction)).toEqual(['out']);
    good(await revokeKey(hub.setup, anInsurer, own[0]!.kid, 'a'));
    expect(endingKeys(await keys(), hub.at()).map(({ direction }) => direction)).toEqual(['out']);
  });

  test('that have ended keep the alarm up until another comes; one that was never there is a warning only', async () => {
    const hub = await world();
    await hub.insurer(anInsurer, { schemes: ['v1', 'sm2'] });
    const { insurer, keys } = (await readInsurer(hub.items, 'insurers', anInsurer))!;
    expect(missingKeys(insurer.schemes, keys, hub.at())).toEqual([{ scheme: 'sm2', direction: 'in', hadOne: false }]);
    await hub.elapse(60);
    expect(hub.measured.KeysEnding).toBe(0);
    hub.skip(366 * 86_400);
    await hub.elapse(60);
    expect(hub.measured.KeysEnding).toBe(3);
  });

  test('of before go on for 72 hours beside a new one, where nothing else is said, and no longer than they had', async () => {
    const hub = await world();
    await hub.insurer();
    const endOf = async (kid: string) =>
      (await readInsurer(hub.items, 'insurers', anInsurer))!.keys.find((key) => key.kid === kid)!.notAfter;
    const order = { scheme: 'v1', direction: 'in' } as const;
    const first = good(await rotateKey(hub.setup, anInsurer, { ...order, validDays: 1 }, 'a')).stored;
    const second = good(await rotateKey(hub.setup, anInsurer, order, 'a')).stored;
    expect(await endOf(first.kid)).toBe(first.notAfter);
    good(await rotateKey(hub.setup, anInsurer, order, 'a'));
    expect(await endOf(second.kid)).toBe(new Date(hub.at().getTime() + 72 * 3_600_000).toISOString());
  });

  test('of an insurer that has left and was disabled call nobody', async () => {
    const hub = await world();
    await hub.insurer();
    hub.skip(366 * 86_400);
    await hub.elapse(60);
    expect(hub.measured.KeysEnding).toBe(2);
    good(await switchInsurer(hub.setup, anInsurer, 'disabled', 'a'));
    hub.measured.KeysEnding = 0;
    await hub.elapse(60);
    expect(hub.measured.KeysEnding).toBe(0);
  });

  test('are refused for a scheme or an insurer that is not there', async () => {
    const hub = await world();
    await hub.insurer();
    const order = { scheme: 'sm3', direction: 'in' } as const;
    expect(codeOf(await rotateKey(hub.setup, anInsurer, order, 'a'))).toBe('insurer/scheme-not-configured');
    expect(codeOf(await rotateKey(hub.setup, another, order, 'a'))).toBe('insurer/no-such-insurer');
    expect(codeOf(await revokeKey(hub.setup, anInsurer, 'nope', 'a'))).toBe('insurer/no-such-key');
  });

  test('made by two operators at a time are not both made: one of them looks again', async () => {
    const hub = await world();
    await hub.insurer();
    const order = { scheme: 'v1', direction: 'in' } as const;
    const both = await Promise.all([
      rotateKey(hub.setup, anInsurer, order, 'a'),
      rotateKey(hub.setup, anInsurer, order, 'b'),
    ]);
    expect(both.map(codeOf).sort()).toEqual(['done', 'insurer/changed-meanwhile']);
  });

  test('that were sealed for one insurer open for no other', async () => {
    const hub = await world();
    await hub.insurer();
    const { keys } = (await readInsurer(hub.items, 'insurers', anInsurer))!;
    const moved = keys.map((key) => ({ ...key, insurer: another }));
    await expect(hub.wire.keyRing.open(moved, 'in')).rejects.toThrow('sealed for another context');
  });
});
