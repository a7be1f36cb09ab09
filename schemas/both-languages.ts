import { z } from 'zod';

/**
 * Given to a parse at a door as `error`: what is wrong, Chinese first, English beside it. What a schema says in its own
 * words is in both languages already and stays.
 */
export const inBothLanguages: z.core.$ZodErrorMap = (issue) => {
  const named = withoutStrangeNames(issue);
  return `${wordsOf(chinese(withOptions(named)))} · ${wordsOf(english(named))}`;
};

const chinese = z.locales.zhCN().localeError;
const english = z.locales.en().localeError;

type Said = ReturnType<z.core.$ZodErrorMap>;
const wordsOf = (said: Said): string => (typeof said === 'string' ? said : (said?.message ?? ''));

/** Members that nobody knows are the sender's own words: what may be a name or a number is not repeated. */
function withoutStrangeNames(issue: z.core.$ZodRawIssue): z.core.$ZodRawIssue {
  if (issue.code !== 'unrecognized_keys') return issue;
  return { ...issue, keys: issue.keys.map((key) => (/^[A-Za-z_]{1,40}$/.test(key) ? key : '…')) };
}

/** Of a type that there is not the Chinese words name no other by themselves. */
function withOptions(issue: z.core.$ZodRawIssue): z.core.$ZodRawIssue {
  if (issue.code !== 'invalid_union' || !Array.isArray(issue.options)) return issue;
  return { ...issue, code: 'invalid_value', values: issue.options } as z.core.$ZodRawIssue;
}
