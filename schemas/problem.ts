import { z } from 'zod';
import { Issue } from './messages.ts';
import { SumDifference } from './settlement.ts';

/** A refusal, RFC 9457, with a stable `code`; `title` in Chinese, `detail` in English. */
export const Problem = z
  .object({
    type: z.url(),
    status: z.int(),
    code: z.string(),
    title: z.string(),
    detail: z.string(),
    /** Of `settlement/sums-differ`. */
    sums: z.array(SumDifference).optional(),
    /** What is wrong, place by place. */
    issues: z.array(Issue).optional(),
    /** Of the message that is refused. */
    id: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
