import { z } from 'zod';
import {
  Acknowledgement,
  DeliveriesQuery,
  type Delivery,
  type DeliveryList,
  type DeliveryView,
  PushOrder,
  type UploadAddresses,
} from '../../schemas/delivery.ts';
import { explain, refuse } from '../../schemas/errors.ts';
import { feedNamed, feeds } from '../../schemas/feeds/register.ts';
import { environment } from '../runtime/env.ts';
import { type Api, problem, signerOf } from '../runtime/http.ts';
import { downloadUrl, headObject, uploadUrl } from '../runtime/object-store.ts';
import { acknowledgementKeys } from './acknowledge.ts';
import { decideHeld, type HeldDecision } from './decide.ts';
import { deliveryStore, listDeliveries, readDeliveryItem } from './delivery-store.ts';
import { manifestSuffix } from './object-key.ts';

const env = environment({ LANDING_BUCKET: z.string(), EXCHANGE_BUCKET: z.string(), INTAKE_QUEUE_URL: z.string() });
const linkSeconds = 900;

/** Where to push a file, what became of it, and the second person's decision on a held one. */
export function deliveryRoutes(api: Api): void {
  api.post('/feeds/:feed/deliveries', async (context) => {
    const feed = context.req.param('feed');
    if (feedNamed(feed) === undefined) {
      const { zh, en } = explain(refuse('unknown-feed', { feed, known: feeds.map(({ name }) => name).join(', ') }));
      return problem(404, 'unknown-feed', zh, en);
    }
    const {
      mode,
      dataAsOf,
      sequence = await nextSequence(feed),
      extension,
    } = PushOrder.parse(await context.req.json());
    const key = `${feed}/${dataAsOf.replaceAll('-', '')}-${mode}-${sequence}.${extension}`;
    await deliveryStore.announce(feed, key, signerOf(context));
    return context.json({
      key,
      sequence,
      uploadUrl: await uploadUrl(env.LANDING_BUCKET, key, linkSeconds),
      manifestUploadUrl: await uploadUrl(env.LANDING_BUCKET, `${key}${manifestSuffix}`, linkSeconds),
    } satisfies UploadAddresses);
  });
  api.get('/deliveries', async (context) => {
    const { feed, key } = DeliveriesQuery.parse(context.req.query());
    const found = await listDeliveries(feed ?? key?.split('/')[0]);
    const wanted = key === undefined ? found : found.filter(({ objectKey }) => objectKey === key);
    return context.json({ deliveries: await Promise.all(wanted.map(deliveryView)) } satisfies DeliveryList);
  });
  api.get('/deliveries/:id', async (context) => {
    const delivery = await readDeliveryItem(context.req.param('id'));
    return delivery === undefined ? noSuchDelivery() : context.json(await deliveryView(delivery));
  });
  for (const decision of ['release', 'refuse'] as const) {
    api.post(`/deliveries/:id/${decision}`, async (context) => {
      const id = context.req.param('id');
      const outcome = await decideHeld(decision, id, signerOf(context), context.get('now').toISOString());
      if (outcome !== 'released' && outcome !== 'refused') return refusals[outcome]();
      return context.json(await deliveryView((await readDeliveryItem(id))!));
    });
  }
}

/** A delivery as its followers see it; with addresses of its acknowledgement once that is written. */
async function deliveryView(delivery: Delivery): Promise<DeliveryView> {
  const { deliveryId, feed, objectKey, state, receivedAt, mode, dataAsOf, sequence, change } = delivery;
  const keys = acknowledgementKeys(delivery);
  const written = await headObject(env.EXCHANGE_BUCKET, keys.ack);
  const acknowledgement =
    delivery.acknowledgement === undefined || written === undefined
      ? undefined
      : Acknowledgement.parse(JSON.parse(delivery.acknowledgement));
  return {
    ...{ deliveryId, feed, key: objectKey, state, receivedAt, mode, dataAsOf, sequence, change },
    ...(acknowledgement === undefined
      ? {}
      : {
          reasons: [...(acknowledgement.refusal === null ? [] : [acknowledgement.refusal]), ...acknowledgement.notices],
          counts: acknowledgement.counts,
          acknowledgement: {
            ack: await downloadUrl(env.EXCHANGE_BUCKET, keys.ack, linkSeconds),
            errors:
              acknowledgement.errors === null ? null : await downloadUrl(env.EXCHANGE_BUCKET, keys.errors, linkSeconds),
          },
        }),
  };
}

const nextSequence = async (feed: string): Promise<number> =>
  ((await deliveryStore.claims(feed)).at(-1)?.sequence ?? 0) + 1;

const noSuchDelivery = (): Response => problem(404, 'no-such-delivery', '没有该报送', 'There is no such delivery');

const refusals: Readonly<Record<Exclude<HeldDecision, 'released' | 'refused'>, () => Response>> = {
  absent: noSuchDelivery,
  'wrong-state': () => problem(409, 'not-held', '该报送不在暂缓状态', 'The delivery is not held'),
  'own-key-needed': () =>
    problem(
      403,
      'delivery/own-key-needed',
      '放行须以本人密钥签名：以 canbao client-key operator/<姓名> 领取，并设 CANBAO_CLIENT 与 CANBAO_KEY',
      'A release is signed with a key of one’s own: get one with "canbao client-key operator/<name>", and set CANBAO_CLIENT and CANBAO_KEY',
    ),
  'same-person': () =>
    problem(
      409,
      'delivery/same-person',
      '报送人不能放行自己的报送，须由另一人放行',
      'Who pushed the file does not release it: another person must',
    ),
};
