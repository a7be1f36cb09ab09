import Table from 'cli-table3';

/**
 * A table whose columns from `firstNumber` on are numbers, set to the right. `ruled`: its rows have several lines each.
 * Where the terminal is too narrow for it, its rows are written one under the other.
 */
export function tableOf(head: string[], firstNumber = head.length, { ruled = false } = {}): Table.Table {
  const table = new Table({
    head,
    colAligns: head.map((_, index) => (index < firstNumber ? 'left' : 'right')),
    style: { head: process.stdout.isTTY ? ['cyan'] : [], border: [], compact: !ruled },
  });
  const draw = table.toString.bind(table);
  const fitting = (): string => {
    const drawn = draw();
    return drawn.indexOf('\n') > terminalColumns() ? records(head, table as unknown as Cell[][]) : drawn;
  };
  return Object.assign(table, { toString: fitting });
}

/** Nobody says how wide a pipe is. */
const terminalColumns = (): number => process.stdout.columns ?? (Number(process.env.COLUMNS) || Infinity);

type Cell = string | number | { readonly content?: string };

function records(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const oneLine = (text: string) => text.replaceAll('\n', ' ').trim();
  const recordOf = (row: readonly Cell[]) =>
    row.flatMap((cell, n) => {
      // What stands across several columns is under none of their heads.
      const [label, said] =
        typeof cell === 'object' ? ['', cell.content ?? ''] : [oneLine(head[n] ?? ''), String(cell)];
      const lines = said.split('\n').filter((line) => line.trim() !== '');
      if (lines.length > 1 && label !== '') return [`${label}:`, ...lines.map((line) => `  ${line}`)];
      return lines.map((line) => (label === '' ? line : `${label}: ${line}`));
    });
  return rows.map((row) => recordOf(row).join('\n')).join('\n\n');
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
