import type { SealContext, Sealer } from '../../functions/runtime/sealed.ts';

/** Seals nothing, and opens for the same context only. */
export const trivialSealer: Sealer = {
  async seal(plain, context) {
    return Buffer.concat([Buffer.from(`${nameOf(context)}\n`), Buffer.from(plain as string)]);
  },
  async open(sealed, context) {
    const bytes = Buffer.from(sealed);
    const end = bytes.indexOf(10);
    if (bytes.subarray(0, end).toString() !== nameOf(context)) throw new Error('Sealed for another context.');
    return bytes.subarray(end + 1);
  },
};

const nameOf = (context: SealContext): string => JSON.stringify(context);
