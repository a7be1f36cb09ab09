import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { findingRow, nthRun } from '../cases/finding-rows.ts';
import { startLocalStores } from '../cases/local-stores.ts';
import { type Figure, median, seconds } from './measure.ts';

const people = 20_000;
const slice = 1_000;
/** What the references of each turn's persons begin with: opened, written in batches. */
const turns = [
  ['A', 'B'],
  ['C', 'D'],
  ['E', 'F'],
] as const;

/** Opening cases by conditional transactions, against plain unconditional batches of the same items. */
export async function benchCases(): Promise<Figure> {
  const stores = await startLocalStores();
  try {
    const { applyFindings } = await import('../../functions/cases/apply-findings.ts');
    const { caseStore, caseItem } = await import('../../functions/cases/case-store.ts');
    const { caseAfter } = await import('../../functions/cases/case-changes.ts');
    const { documents } = await import('../../functions/runtime/documents.ts');
    const slices = (prefix: string) =>
      Array.from({ length: people / slice }, (_, part) =>
        Array.from({ length: slice }, (__, n) =>
          findingRow({ person_ref: `${prefix}${String(part * slice + n).padStart(19, '0')}` }),
        ),
      );
    const open = (prefix: string) => async () => {
      for (const rows of slices(prefix)) await applyFindings(caseStore, rows, nthRun(1));
    };
    const batches = (prefix: string) => async () => {
      const items = slices(prefix)
        .flat()
        .map((row) => caseItem(caseAfter(undefined, [row], nthRun(1))!.item));
      const chunks = Array.from({ length: Math.ceil(items.length / 25) }, (_, part) =>
        items.slice(part * 25, part * 25 + 25),
      ).values();
      const line = async () => {
        for (const chunk of chunks) {
          const puts = chunk.map((Item) => ({ PutRequest: { Item } }));
          await documents.send(new BatchWriteCommand({ RequestItems: { cases: puts } }));
        }
      };
      await Promise.all(Array.from({ length: 8 }, line));
    };
    // Once to warm up the Java virtual machine, which doubles its speed in the first seconds.
    await open('W')();
    await batches('X')();
    const opened: number[] = [];
    const batched: number[] = [];
    // In turns, so that both meet the same table and the same machine.
    for (const [one, other] of turns) {
      opened.push(await seconds(open(one)));
      batched.push(await seconds(batches(other)));
    }
    const [value, baseline] = [median(opened), median(batched)];
    return {
      name: `opening ${people.toLocaleString('en-US')} cases`,
      value,
      unit: 's',
      baseline: { name: 'plain unconditional batches', value: baseline },
      limit: { of: 'ratio', atMost: 3 },
    };
  } finally {
    await stores.stop();
  }
}
