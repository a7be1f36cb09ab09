import { expect, test } from 'vitest';
import { productStore } from '../../functions/settlement/product-store.ts';
import { Product, ProductOnWire } from '../../schemas/product.ts';
import { memoryItems } from '../simulator/memory-items.ts';
import { computes, usccs } from './insurers.ts';

const [insurer = ''] = usccs(1);
const declared = (deductible: string): Product =>
  Product.parse(ProductOnWire.parse(computes(insurer, 'HMB', { deductible })));
const at = new Date('2026-01-01T00:00:00Z');

test('declared by many at one moment, a product has a version for each, and the newest is the last of them', async () => {
  const store = productStore(memoryItems(), 'policies');
  const declarations = Array.from({ length: 10 }, (_, n) => declared(`${n + 1}.00`));
  await Promise.all(declarations.map((product) => store.add(product, at)));
  const versions = await store.versions(insurer, 'HMB');
  expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(new Set(versions.map(({ product }) => JSON.stringify(product)))).toEqual(
    new Set(declarations.map((product) => JSON.stringify(product))),
  );
  expect(await store.newest()).toEqual([versions.at(-1)]);
});

test('the newest declaration once more is no new version', async () => {
  const store = productStore(memoryItems(), 'policies');
  const first = await store.add(declared('1.00'), at);
  expect(await store.add(declared('1.00'), new Date('2026-02-01T00:00:00Z'))).toEqual(first);
  expect(await store.versions(insurer, 'HMB')).toEqual([first]);
});
