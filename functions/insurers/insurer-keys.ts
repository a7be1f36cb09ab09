import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import type { Insurer, InsurerKey } from '../../schemas/insurer.ts';
import { checkKey, keyForms, newKeys } from '../runtime/signatures/keys.ts';
import type { Scheme } from '../runtime/signatures/scheme.ts';
import { insurerWrite, keyEndWrite, newKeyWrite, readInsurer } from './insurer-store.ts';
import { keyContext } from './key-ring.ts';
import { actOf, type Setup } from './setup.ts';

/** What a key is to be. */
export type KeyOrder = {
  readonly scheme: Scheme;
  /** `in`: the insurer signs with it. */
  readonly direction: 'in' | 'out';
  /** The insurer's own, where the insurer makes the pair. */
  readonly publicKey?: string | undefined;
  readonly validDays?: number | undefined;
  /** How long the keys before it go on. */
  readonly graceHours?: number | undefined;
};

/** A key that was just made: what is stored, and what is shown this once. */
export type NewKey = { readonly stored: InsurerKey; readonly secret?: string };

/** Once a year, with a month's warning. */
const usualDays = 365;
const usualGraceHours = 72;

const isPair = (scheme: Scheme): boolean => scheme === 'v1a' || scheme === 'sm2';

/** Makes a key of an insurer and seals what the hub needs of it. */
export async function newKey(setup: Setup, insurer: Insurer, order: KeyOrder): Promise<NewKey | Refusal> {
  const { scheme, direction, publicKey, validDays = usualDays } = order;
  const material = materialOf(order);
  if (isRefusal(material)) return material;
  const now = setup.now();
  const stored: InsurerKey = {
    kid: `${scheme}-${direction}-${now.toISOString().slice(0, 10)}-${setup.newId().slice(0, 8)}`,
    insurer: insurer.id,
    scheme,
    direction,
    sealed: await setup.sealer.seal(material.kept, keyContext(insurer.id)),
    ...(material.shown === undefined ? {} : { publicKey: material.shown }),
    notBefore: now.toISOString(),
    notAfter: new Date(now.getTime() + validDays * 86_400_000).toISOString(),
  };
  return isPair(scheme) || publicKey !== undefined ? { stored } : { stored, secret: material.kept };
}

/** What the hub keeps, sealed, and what of it is no secret. */
function materialOf({ scheme, direction, publicKey }: KeyOrder): { kept: string; shown?: string } | Refusal {
  if (isPair(scheme) && direction === 'in') {
    if (publicKey === undefined) return refuse('insurer/public-key-needed', { scheme });
    const defect = checkKey(scheme, 'verifying', publicKey);
    if (defect === undefined) return { kept: publicKey, shown: publicKey };
    return refuse('insurer/bad-key', { defect, scheme, wanted: keyForms[scheme].verifying });
  }
  if (publicKey !== undefined) return refuse('insurer/public-key-not-wanted');
  const { signing, verifying } = newKeys(scheme);
  return isPair(scheme) ? { kept: signing, shown: verifying } : { kept: signing };
}

/** A new key beside the ones before it, which end after a time of grace: both sides change over when they like. */
export async function rotateKey(setup: Setup, id: string, order: KeyOrder, by: string): Promise<NewKey | Refusal> {
  const known = await readInsurer(setup.items, setup.insurers, id);
  if (known === undefined) return refuse('insurer/no-such-insurer');
  const { scheme, direction, graceHours = usualGraceHours } = order;
  if (!known.insurer.schemes.includes(scheme)) return refuse('insurer/scheme-not-configured', { scheme });
  const made = await newKey(setup, known.insurer, order);
  if (isRefusal(made)) return made;
  const notAfter = new Date(setup.now().getTime() + graceHours * 3_600_000).toISOString();
  const before = known.keys.filter(
    (key) =>
      key.scheme === scheme &&
      key.direction === direction &&
      key.revokedAt === undefined &&
      (key.notAfter ?? '9') > notAfter,
  );
  const written = await setup.items.write([
    // Two rotations at a time would each not know of the other's key.
    insurerWrite(setup.insurers, known.insurer),
    newKeyWrite(setup.insurers, made.stored),
    ...before.map((key) => keyEndWrite(setup.insurers, key, { notAfter })),
    actOf(setup, id, by, `rotate-key ${made.stored.kid}`),
  ]);
  return written ? made : refuse('insurer/changed-meanwhile');
}

/** The key is dead from this moment, in both directions of time: nothing signed with it is taken any more. */
export async function revokeKey(setup: Setup, id: string, kid: string, by: string): Promise<InsurerKey | Refusal> {
  const known = await readInsurer(setup.items, setup.insurers, id);
  if (known === undefined) return refuse('insurer/no-such-insurer');
  const key = known.keys.find((one) => one.kid === kid);
  if (key === undefined) return refuse('insurer/no-such-key');
  if (key.revokedAt !== undefined) return key;
  const revokedAt = setup.now().toISOString();
  await setup.items.write([keyEndWrite(setup.insurers, key, { revokedAt }), actOf(setup, id, by, `revoke-key ${kid}`)]);
  return { ...key, revokedAt };
}
