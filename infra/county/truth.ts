import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DelimitedFile } from './files/delimited-file.ts';
import type { Defect } from './files/feed-file.ts';
import type { FeedName } from './records.ts';
import { type Expected, evidenceFeeds } from './scenario.ts';

/** What must come out of a county: findings, rejected and dropped rows, warnings, and whose rows are whose. */
export class Truth {
  readonly #folder: string;
  readonly #files;
  #persons = 0;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    const open = (name: string, header: string) => {
      const file = new DelimitedFile({ path: join(folder, `${name}.csv`) });
      file.put(header.split(','));
      return file;
    };
    this.#files = {
      findings: open('findings', 'rule,person_id,rows,amount_fen,facts,priority,priority_fixed,scenario'),
      persons: open('persons', 'person_id,rows'),
      rejected: open('rejects', 'feed,row,codes'),
      warned: open('warnings', 'feed,row,codes'),
      duplicated: open('duplicates', 'feed,row,first_row'),
    };
  }

  person(rows: readonly { feed: FeedName; row: number }[], expected: readonly Expected[], scenario = ''): void {
    this.#persons++;
    const id = `P${String(this.#persons).padStart(8, '0')}`;
    if (rows.length > 0) this.#files.persons.put([id, references(rows)]);
    for (const { rule, amountFen, facts, priority } of expected) {
      const evidence = rows.filter(({ feed }) => evidenceFeeds[rule].includes(feed));
      const cells = [
        rule,
        id,
        references(evidence),
        amountFen ?? '',
        JSON.stringify(facts ?? {}),
        priority,
        '1',
        scenario,
      ];
      this.#files.findings.put(cells);
    }
  }

  defect(defect: Defect): void {
    const { feed, row, kind } = defect;
    this.#files[kind].put([feed, row, kind === 'duplicated' ? defect.first : defect.codes]);
  }

  get isFull(): boolean {
    return Object.values(this.#files).some((file) => file.isFull);
  }

  async drained(): Promise<void> {
    for (const file of Object.values(this.#files)) if (file.isFull) await file.drained();
  }

  async close(summary: Readonly<Record<string, unknown>>): Promise<void> {
    for (const file of Object.values(this.#files)) await file.close();
    writeFileSync(join(this.#folder, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`);
  }
}

function references(rows: readonly { feed: FeedName; row: number }[]): string {
  return rows.map(({ feed, row }) => `${feed}:${row}`).join(' ');
}
