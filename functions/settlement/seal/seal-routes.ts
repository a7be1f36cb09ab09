import { z } from 'zod';
import type { SealKey, SealNow, SealView } from '../../../schemas/day-seal.ts';
import { type Api, problem } from '../../runtime/http.ts';
import { recordLines } from './day-seal.ts';
import { merkleRoot } from './merkle.ts';
import { recordsOf, type SealDependencies } from './seal-day.ts';
import { publicSealKey, readSeal, sealKeys } from './seal-store.ts';

export type SealRouteDependencies = {
  readonly sealing: SealDependencies;
  /** Address from which an object of the seals can be fetched for a while. */
  readonly link: (key: string) => Promise<string>;
};

const Day = z.iso.date();

/** What an auditor needs: the key, the seal of a day with its records, and what the hub's tables say of that day now. */
export function sealRoutes(api: Api, { sealing, link }: SealRouteDependencies): void {
  const { items, table, bucket } = sealing;
  api.get('/ledger/seals/key', async (context) => {
    const publicKey = await publicSealKey(items, table);
    return publicKey === undefined ? noSeal() : context.json({ publicKey } satisfies SealKey);
  });
  api.get('/ledger/seals/:day', async (context) => {
    const day = Day.parse(context.req.param('day'));
    const seal = await readSeal(bucket, day);
    if (seal === undefined) return noSeal();
    return context.json({ day, seal, records: await link(sealKeys.records(day)) } satisfies SealView);
  });
  api.get('/ledger/seals/:day/now', async (context) => {
    const day = Day.parse(context.req.param('day'));
    return context.json({ day, root: merkleRoot(recordLines(await recordsOf(sealing, day))) } satisfies SealNow);
  });
}

const noSeal = () =>
  problem(
    404,
    'no-such-seal',
    '该日尚未封存：日结（次日 00:30）之后才有',
    'The day has no seal: there is one after the day was closed, at 00:30 of the next',
  );
