import { SampleCheck } from '../../../schemas/sample-check.ts';
import type { Items } from '../../runtime/items.ts';

/** What sample checks need of the table `runs`. */
export type SampleStore = {
  /** Waits from now on, whether or not it is known: drawn once more it is the same. */
  ask(sample: SampleCheck): Promise<void>;
  read(sampleId: string): Promise<SampleCheck | undefined>;
  /** waiting → completed, waiting → failed; in any other state nothing happens. */
  complete(sampleId: string): Promise<void>;
  fail(sampleId: string, reason: string): Promise<void>;
};

export function sampleStore(items: Items, table: string): SampleStore {
  const keyOf = (sampleId: string) => ({ pk: 'sample-check', sk: sampleId });
  const end = async (sampleId: string, set: Partial<SampleCheck>) => {
    await items.write([{ table, when: { state: 'waiting' }, update: keyOf(sampleId), set }]);
  };
  return {
    async ask(sample) {
      await items.write([{ table, put: { ...keyOf(sample.sampleId), ...sample, state: 'waiting' } }]);
    },
    async read(sampleId) {
      const item = await items.get(table, keyOf(sampleId));
      return item && SampleCheck.parse(item);
    },
    complete: (sampleId) => end(sampleId, { state: 'completed' }),
    fail: (sampleId, reason) => end(sampleId, { state: 'failed', reason }),
  };
}
