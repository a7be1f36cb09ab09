/** Options of every command that speaks to a running hub. */
export type ClientOptions = { endpoint?: string; data: string; json?: boolean };

/** What the hub has answered: in words for people, or as a line of JSON. */
export function show({ json }: Pick<ClientOptions, 'json'>, answer: unknown, words: () => string): void {
  process.stdout.write(`${json === true ? JSON.stringify(answer) : words()}\n`);
}
