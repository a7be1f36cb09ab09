/** The command was called wrongly: exit code 2, one sentence what is wrong and what to do, no stack. */
export class UsageError extends Error {
  constructor(zh: string, en: string) {
    super(`${zh}\n${en}`);
  }
}
