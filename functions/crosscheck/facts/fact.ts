import type { Circumstances } from '../rule.ts';

/**
 * A working table that several rules read, built at most once per task: the single definition of a term of the rule
 * book. One file `<name>.fact.ts` each.
 */
export type Fact = {
  /** Name of the table. */
  readonly name: string;
  /** Facts its SQL reads. */
  readonly facts?: readonly string[];
  /** One SELECT over feeds and facts. */
  readonly sql: (circumstances: Circumstances) => string;
};

/** The facts that `wanted` need, each after those it reads. @throws when one does not exist or they form a ring. */
export function inOrder(wanted: readonly string[], all: readonly Fact[]): Fact[] {
  const ordered: Fact[] = [];
  const visit = (name: string, path: readonly string[]) => {
    if (ordered.some((fact) => fact.name === name)) return;
    const fact = all.find((one) => one.name === name);
    if (fact === undefined || path.includes(name)) throw new Error(`no fact ${[...path, name].join(' → ')}`);
    for (const needed of fact.facts ?? []) visit(needed, [...path, name]);
    ordered.push(fact);
  };
  for (const name of wanted) visit(name, []);
  return ordered;
}
