import type { ProductOnWire } from '../../../schemas/product.ts';
import { addressOf, hubClient } from '../client.ts';
import { readJsonFile } from '../read-json-file.ts';
import { tableOf } from '../show-outcome.ts';

type Options = { endpoint?: string; data: string; json?: boolean };
type Version = { version: number; addedAt: string; product: ProductOnWire };

/** Brings a declaration to the hub, which checks it; the same one again adds nothing. */
export async function addProduct(file: string, options: Options): Promise<void> {
  const added = await hubClient(addressOf(options)).post<Version>('/products', await readJsonFile(file));
  show(options, added, () => [added]);
}

export async function listProducts(options: Options): Promise<void> {
  const answer = await hubClient(addressOf(options)).get<{ products: Version[] }>('/products');
  show(options, answer, () => answer.products);
}

function show(options: Options, answer: unknown, versions: () => readonly Version[]): void {
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  const table = tableOf(['保险公司 insurer', '产品 product', '名称 name', '模式 mode', '版本 version']);
  for (const { version, product } of versions())
    table.push([product.insurer, product.product_code, product.name, product.mode, String(version)]);
  process.stdout.write(`${table.toString()}\n`);
}
