import { checkKey } from '../../functions/runtime/signatures/keys.ts';
import type { SignatureKey } from '../../functions/runtime/signatures/standard-webhooks.ts';
import type { NewInsurerView, NewKeyView } from '../../schemas/insurer.ts';
import type { HubClient } from '../cli/client.ts';
import { type MockInsurer, type MockInsurerOptions, startMockInsurer } from './mock-insurer.ts';

/** A key as the hub shows it once: the secret, or of a pair its public part. */
export type ShownKey = Pick<NewKeyView, 'kid' | 'scheme' | 'direction' | 'secret' | 'publicKey'>;

export type ShownKeys = { readonly hubKeys: readonly SignatureKey[]; readonly ownKeys: readonly SignatureKey[] };

/** The insurer's side of the keys that the hub has shown: to verify the hub with, and to sign with. */
export function keysOf(shown: readonly ShownKey[]): ShownKeys {
  const of = (direction: 'in' | 'out', role: 'signing' | 'verifying') =>
    shown.flatMap(({ kid, scheme, direction: its, secret, publicKey }): SignatureKey[] => {
      const key = [secret, publicKey].find((one) => one !== undefined && checkKey(scheme, role, one) === undefined);
      return its === direction && key !== undefined ? [{ kid, scheme, key, notBefore: '2000-01-01T00:00:00Z' }] : [];
    });
  return { hubKeys: of('out', 'verifying'), ownKeys: of('in', 'signing') };
}

/** Starts a mock insurer and sets it up at a hub. */
export async function connectMockInsurer(
  hub: { readonly endpoint: string; readonly client: HubClient },
  {
    id,
    name,
    ...options
  }: { id: string; name: string } & Pick<MockInsurerOptions, 'behaviour' | 'now' | 'onEvent' | 'port'>,
): Promise<MockInsurer> {
  const webhookUrl = `${hub.endpoint}/v1/insurers/${id}/webhooks`;
  const insurer = await startMockInsurer({ ...options, webhookUrl });
  const settings = { id, name, url: insurer.url, schemes: ['v1'] };
  const added = await hub.client.post<NewInsurerView>('/insurers', settings);
  insurer.useKeys(keysOf(added.keys));
  return insurer;
}
