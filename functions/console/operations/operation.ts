import type { z } from 'zod';

/** What an answer holds; `page`: whoever asks for `text/html` gets it as a page to read. */
export type Answer = { readonly words: string; readonly content: z.ZodType; readonly page?: boolean };

/** A route for those who call it: what comes in, what goes out, by the schemas that it parses and answers by. */
export type Operation = {
  readonly zh: string;
  readonly en: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<string, Answer>>;
  /** Refusals that callers should be ready for, by status; any other is told by its code. */
  readonly refusals?: Readonly<Record<string, string>>;
};
export type Operations = Readonly<Record<string, Operation>>;

export const done = (content: z.ZodType, words = '已答复 · done') => ({ '200': { words, content } });
export const created = (content: z.ZodType, words: string) => ({ '201': { words, content } });
export const accepted = (content: z.ZodType, words: string) => ({ '202': { words, content } });
