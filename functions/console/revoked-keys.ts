import { z } from 'zod';
import { type Api, problem, signerOf } from '../runtime/http.ts';
import type { Items } from '../runtime/items.ts';
import { clientName, isPersonal } from '../runtime/signatures/client-key.ts';

/** Clients' keys are made from their names, so a key that is taken away is a name that is refused, for good. */
const RevokedKey = z.object({ client: z.string(), by: z.string(), at: z.iso.datetime() });
type RevokedKey = z.infer<typeof RevokedKey>;
export const RevokedKeys = z.object({ revoked: z.array(RevokedKey) });
export type RevokedKeys = z.infer<typeof RevokedKeys>;
export const RevocationOrder = z.strictObject({ client: z.string() });

/** Beside the trail of what the keys signed; a day's partition of the trail never has this name. */
const pk = 'revoked-key';

/** Whether a person's key counts no more; asked at every request that one has signed, so that it ends at once. */
export const isRevoked =
  (items: Items, table: string) =>
  async (client: string): Promise<boolean> =>
    (await items.get(table, { pk, sk: client })) !== undefined;

/** Operators take one person's key away. It never comes back: who returns gets a key under another name. */
export function revokedKeyRoutes(api: Api, items: Items, table: string): void {
  const list = async (): Promise<RevokedKeys> => ({
    revoked: (await items.query(table, { pk })).map((item) => RevokedKey.parse(item)),
  });
  api.get('/client-keys/revoked', async (context) => context.json(await list()));
  api.post('/client-keys/revoke', async (context) => {
    const { client } = RevocationOrder.parse(await context.req.json());
    if (!clientName.test(client) || !isPersonal(client)) return noPersonalKey();
    const revoked: RevokedKey = { client, by: signerOf(context), at: context.get('now').toISOString() };
    // Who took it away first stays on record.
    await items.write([{ table, put: { pk, sk: client, ...revoked }, when: 'absent' }]);
    context.set('about', { client });
    return context.json(await list());
  });
}

const noPersonalKey = (): Response =>
  problem(
    422,
    'client-key/not-personal',
    '只能吊销本人密钥，如 operator/li；共用密钥与核心系统密钥随枢纽密钥更换',
    'Only a person’s own key can be taken away, such as operator/li; those of operator and core change with the secret of the hub',
  );
