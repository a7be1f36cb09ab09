import type { Rule } from './rule.ts';

/**
 * SQL expression for the Chinese sentence of a rule's finding, over its columns `facts` and `amount_fen`. NULL when a
 * fact outside `[…]` is missing.
 */
export function sentence({ summary, words }: Pick<Rule, 'summary' | 'words'>): string {
  const parts = summary.split(/(\[[^\]]*\])/).filter((part) => part !== '');
  const pieces = parts.map((part) =>
    part.startsWith('[') ? `coalesce(${filledIn(part.slice(1, -1), words)}, '')` : filledIn(part, words),
  );
  return pieces.join(' || ');
}

function filledIn(text: string, words: Rule['words']): string {
  const parts = text.split(/(\{[^}]*\})/).filter((part) => part !== '');
  return `(${parts.map((part) => (part.startsWith('{') ? factText(part.slice(1, -1), words) : quoted(part))).join(' || ')})`;
}

function factText(name: string, words: Rule['words']): string {
  if (name === 'amount') return 'yuan(amount_fen)';
  const list = name.endsWith('*');
  const fact = list ? name.slice(0, -1) : name;
  const value = `facts."${fact}"`;
  if (list) return `array_to_string(list_transform(${value}, lambda x: ${inWords('x', words[fact])}), '、')`;
  return inWords(value, words[fact]);
}

function inWords(value: string, words: Readonly<Record<string, string>> | undefined): string {
  if (words === undefined) return `${value}::VARCHAR`;
  const cases = Object.entries(words).map(([code, word]) => `WHEN ${quoted(code)} THEN ${quoted(word)}`);
  return `CASE ${value}::VARCHAR ${cases.join(' ')} ELSE ${value}::VARCHAR END`;
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
