import { modulesOf } from '../../runtime/register.ts';
import type { Fact } from './fact.ts';

/** Every fact: one file `<name>.fact.ts` each. */
export const facts: readonly Fact[] = await modulesOf<Fact>(import.meta.dirname, /\.fact\.ts$/);
