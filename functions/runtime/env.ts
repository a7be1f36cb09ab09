import { z } from 'zod';

/**
 * The part of the environment that a module needs, parsed once when it is loaded. The only reader of `process.env`.
 * @throws when a variable is missing or malformed: a function that is set up wrongly must not start.
 */
export function environment<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> {
  const parsed = z.object(shape).safeParse(process.env);
  if (parsed.success) return parsed.data;
  throw new Error(`Environment of this function is incomplete: ${z.prettifyError(parsed.error)}`);
}
