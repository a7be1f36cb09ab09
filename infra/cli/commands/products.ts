import { fenOfYuan, yuanOfFen } from '../../../schemas/money.ts';
import {
  mostResultDays,
  type ProductList,
  type ProductResultsView,
  type ProductVersionView as Version,
} from '../../../schemas/product.ts';
import { addDays } from '../../../schemas/time.ts';
import { type ClientOptions, show } from '../answer.ts';
import { type HubClient, hubOf } from '../client.ts';
import { readJsonFile } from '../read-json-file.ts';
import { number, tableOf } from '../table.ts';
import { UsageError } from '../usage-error.ts';

/** Brings a declaration to the hub, which checks it; the same one again adds nothing. */
export async function addProduct(file: string, options: ClientOptions): Promise<void> {
  const added = await hubOf(options).post<Version>('/products', await readJsonFile(file));
  show(options, added, () => describe([added]));
}

export async function listProducts(options: ClientOptions): Promise<void> {
  const answer = await hubOf(options).get<ProductList>('/products');
  show(options, answer, () => describe(answer.products));
}

/** Month by month, as the hub gives them; added up here, beside what the premiums came to. */
export async function productResults(
  insurer: string,
  productCode: string,
  options: ClientOptions & { from: string; to: string; premiums?: string },
): Promise<void> {
  const { from, to, premiums } = options;
  const premiumFen = premiums === undefined ? undefined : fenOfYuan(premiums);
  if (premiums !== undefined && (premiumFen === undefined || premiumFen <= 0))
    throw new UsageError(`--premiums ${premiums} 不是金额`, `--premiums ${premiums} is no amount`);
  if (from > to) throw new UsageError(`--from ${from} 晚于 --to ${to}`, `--from ${from} is after --to ${to}`);
  const hub = hubOf(options);
  const path = `/products/${encodeURIComponent(insurer)}/${encodeURIComponent(productCode)}/results`;
  const sums = { paid: { count: 0, fen: 0 }, taken_back: { count: 0, fen: 0 } };
  for (let first = from; ; ) {
    const last = [addDays(first, mostResultDays - 1), to].sort()[0] as string;
    const part = await hub.get<ProductResultsView>(`${path}?from=${first}&to=${last}`);
    for (const kind of ['paid', 'taken_back'] as const) {
      sums[kind].count += part[kind].count;
      sums[kind].fen += fenOfYuan(part[kind].amount) ?? 0;
    }
    if (last >= to) break;
    first = addDays(last, 1);
  }
  if (sums.paid.count + sums.taken_back.count === 0) await mustBeDeclared(hub, insurer, productCode);
  const netFen = sums.paid.fen - sums.taken_back.fen;
  const share = premiumFen === undefined ? undefined : `${((netFen / premiumFen) * 100).toFixed(2)}%`;
  if (options.json === true) {
    const total = ({ count, fen }: { count: number; fen: number }) => ({ count, amount: yuanOfFen(fen) });
    const measured = { paid: total(sums.paid), taken_back: total(sums.taken_back), net: yuanOfFen(netFen) };
    process.stdout.write(`${JSON.stringify({ insurer, product_code: productCode, from, to, ...measured, share })}\n`);
    return;
  }
  const table = tableOf(['', '笔数 shares', '金额 amount'], 1);
  table.push(['赔付 paid', number(sums.paid.count), yuanOfFen(sums.paid.fen)]);
  table.push(['退回 taken back', number(sums.taken_back.count), yuanOfFen(sums.taken_back.fen)]);
  table.push(['净赔付 net', '', yuanOfFen(netFen)]);
  if (premiumFen !== undefined) {
    table.push(['保费 premiums', '', yuanOfFen(premiumFen)], ['赔付率 net of premiums', '', share ?? '']);
    table.push(['结余 left', '', yuanOfFen(premiumFen - netFen)]);
  }
  process.stdout.write(`${insurer} ${productCode} · ${from} – ${to}\n${table.toString()}\n`);
}

/** Nothing was paid of a product that there is not, either: a slip must not pass for a good result. */
async function mustBeDeclared(hub: HubClient, insurer: string, productCode: string): Promise<void> {
  const { products } = await hub.get<ProductList>('/products');
  if (products.some(({ product }) => product.insurer === insurer && product.product_code === productCode)) return;
  throw new UsageError(
    `没有登记 ${insurer} 的产品 ${productCode}；已登记的见 canbao product list`,
    `No product ${productCode} of ${insurer} is declared; "canbao product list" shows those that are`,
  );
}

const modes = { hub: '枢纽计算 hub', insurer: '保司核定 insurer' } as const;

function describe(versions: readonly Version[]): string {
  if (versions.length === 0) return '尚未登记产品 · no product yet: canbao product add <file>';
  const table = tableOf(['保险公司 insurer', '产品 product', '名称 name', '模式 mode', '版本 version']);
  for (const { version, product } of versions)
    table.push([product.insurer, product.product_code, product.name, modes[product.mode], String(version)]);
  return table.toString();
}
