import { wallTimeAt } from '../../schemas/time.ts';

/** An instant as the clock on the wall in Shanghai shows it; nothing for nothing. */
export const wallTime = (instant: string | undefined): string =>
  instant === undefined ? '' : wallTimeAt(new Date(instant));
