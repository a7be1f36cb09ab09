import { createHash } from 'node:crypto';

/**
 * Merkle root as in RFC 6962: leaves and nodes are told apart by their first byte, so that no node passes for a
 * record; a tree of n leaves splits at the largest power of two below n.
 */
export function merkleRoot(records: readonly string[]): string {
  return rootOf(records.map((record) => hash(Buffer.concat([leaf, Buffer.from(record)])))).toString('hex');
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return hash(Buffer.alloc(0));
  if (hashes.length === 1) return hashes[0]!;
  const half = 2 ** Math.ceil(Math.log2(hashes.length) - 1);
  return hash(Buffer.concat([node, rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half))]));
}

const leaf = Buffer.of(0);
const node = Buffer.of(1);
const hash = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
