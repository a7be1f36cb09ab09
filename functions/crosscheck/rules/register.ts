import { modulesOf } from '../../runtime/register.ts';
import type { Rule } from '../rule.ts';

/** Every rule of the cross-check: one file `<code>.ts` each, in the order of their codes. */
export const rules: readonly Rule[] = await modulesOf<Rule>(import.meta.dirname, /^XC-\d{3}\.ts$/);
