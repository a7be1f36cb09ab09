import Table from 'cli-table3';

/** Tables of bills and differences fit a terminal of so many columns. */
export const terminalColumns = 100;

/** A table whose columns from `firstNumber` on are numbers, set to the right. `ruled`: its rows have several lines each. */
export function tableOf(head: string[], firstNumber = head.length, { ruled = false } = {}): Table.Table {
  return new Table({
    head,
    colAligns: head.map((_, index) => (index < firstNumber ? 'left' : 'right')),
    style: { head: process.stdout.isTTY ? ['cyan'] : [], border: [], compact: !ruled },
  });
}

export const number = (value: number | undefined): string => (value === undefined ? '' : value.toLocaleString('en-US'));

/** In lines of so many columns, broken after blanks and between Chinese characters. A longer word stands by itself. */
export function wrapped(text: string, columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const part of text.split(/(?<= )|(?=\p{Script=Han})/u)) {
    if (line !== '' && columnsOf(line + part.trimEnd()) > columns) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += part;
  }
  return [...lines, line].join('\n');
}

/** What is Chinese takes two. */
const columnsOf = (text: string): number => text.length + (text.match(/[\u2e80-\u9fff\uff00-\uffee]/g) ?? []).length;
