import { InvalidArgumentError } from 'commander';
import { isCivilDate } from '../../schemas/time.ts';

// What an option or argument may be. Commander says of what is none of it which option it was, and what is wanted.

export const count = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('应为整数 · a whole number');
  return Number(text);
};
export const positive = (text: string): number => {
  if (count(text) === 0) throw new InvalidArgumentError('应为大于 0 的整数 · a whole number above 0');
  return Number(text);
};
export const civilDate = (text: string): string => {
  if (!isCivilDate(text)) {
    throw new InvalidArgumentError('日期格式应为 2022-06-30 · a date like 2022-06-30');
  }
  return text;
};
export const year = (text: string): string => {
  if (!/^\d{4}$/.test(text)) throw new InvalidArgumentError('年度应为四位数字 · a year of four digits');
  return text;
};
export const port = (text: string): number => {
  if (count(text) > 65_535) throw new InvalidArgumentError('应为 0 至 65535 · 0 to 65535');
  return Number(text);
};
export const percent = (text: string): number => {
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(text) || Number(text) <= 0 || Number(text) > 100)
    throw new InvalidArgumentError('百分比，至多 100、两位小数 · a percentage up to 100, at most two decimals');
  return Number(text);
};
export const share = (text: string): number => {
  if (!/^(0(\.\d+)?|1(\.0+)?)$/.test(text)) throw new InvalidArgumentError('应为 0 至 1 · from 0 to 1');
  return Number(text);
};
export const oneOf =
  (...known: readonly string[]) =>
  (text: string): string => {
    if (!known.includes(text)) throw new InvalidArgumentError(`可为 ${known.join('、')} · one of ${known.join(', ')}`);
    return text;
  };
/** Without the slash that some write at its end. */
export const address = (text: string): string => {
  if (!/^https?:\/\/./.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('应为网址，如 http://127.0.0.1:8700 · an address such as http://127.0.0.1:8700');
  return text.replace(/\/$/, '');
};
