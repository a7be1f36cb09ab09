/** Rightly asked, and there is nothing yet: exit code 1, one sentence what is missing and what to do, no stack. */
export class NothingToShow extends Error {
  constructor(zh: string, en: string) {
    super(`${zh}\n${en}`);
  }
}
