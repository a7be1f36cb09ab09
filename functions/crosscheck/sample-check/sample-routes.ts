import { z } from 'zod';
import { explain, isRefusal } from '../../../schemas/errors.ts';
import { type SampleCheck, SampleRequest, type SampleView } from '../../../schemas/sample-check.ts';
import { snapshotsOf } from '../../intake/snapshot-store.ts';
import { environment } from '../../runtime/env.ts';
import { type Api, problem } from '../../runtime/http.ts';
import { downloadUrl } from '../../runtime/object-store.ts';
import { readSettings } from '../../runtime/settings-store.ts';
import { runKeeper } from '../run-keeper.ts';
import { sampleKeys } from '../run-keys.ts';
import { askForSample, type SampleAsker } from './ask-for-sample.ts';

const env = environment({ EXCHANGE_BUCKET: z.string() });
const linkSeconds = 900;
/** Two years of a register that is sent every day. */
const rememberedSnapshots = 800;

const asker: SampleAsker = {
  ...runKeeper,
  snapshotsOf: (feed, asOf) => snapshotsOf(feed, asOf, asOf === undefined ? rememberedSnapshots : 1),
  readSettings,
};

/** Ask for a sample of the insured, see whether it is drawn, fetch it. */
export function sampleRoutes(api: Api): void {
  api.post('/sample-checks', async (context) => {
    const sample = await askForSample(asker, SampleRequest.parse(await context.req.json()));
    if (isRefusal(sample)) return problem(422, sample.code, explain(sample).zh, explain(sample).en);
    const { sampleId, year, seed, share } = sample;
    context.set('about', { sampleId, year, seed, share: String(share) });
    return context.json(await viewOf(sample), 202);
  });
  api.get('/sample-checks/:id', async (context) => {
    const sample = await runKeeper.samples.read(context.req.param('id'));
    if (sample === undefined)
      return problem(404, 'no-such-sample-check', '没有该次抽查', 'There is no such sample check');
    return context.json(await viewOf(sample));
  });
}

async function viewOf({ sampleId, state, reason }: SampleCheck): Promise<SampleView> {
  const link = (key: string) => downloadUrl(env.EXCHANGE_BUCKET, key, linkSeconds);
  return {
    sampleId,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(state === 'completed'
      ? { files: { list: await link(sampleKeys.list(sampleId)), summary: await link(sampleKeys.summary(sampleId)) } }
      : {}),
  };
}
