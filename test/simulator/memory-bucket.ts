import type { SealBucket } from '../../functions/settlement/seal/seal-store.ts';

/** A bucket under object lock: what was written once stays, also beneath what is written over it. */
export type MemoryBucket = SealBucket & { versions(key: string): readonly Buffer[] };

export function memoryBucket(): MemoryBucket {
  const objects = new Map<string, Buffer[]>();
  return {
    versions: (key) => objects.get(key) ?? [],
    read: async (key) => objects.get(key)?.at(-1),
    async write(key, body) {
      objects.set(key, [...(objects.get(key) ?? []), Buffer.from(body)]);
    },
  };
}
