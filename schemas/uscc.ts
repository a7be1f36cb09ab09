import { z } from 'zod';

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** 统一社会信用代码 (GB 32100-2015): 17 characters and a check character, weights 3^i mod 31. It names an insurer. */
export function isUscc(text: string): boolean {
  if (!/^[0-9A-HJ-NPQRTUWXY]{18}$/.test(text)) return false;
  let sum = 0;
  let weight = 1;
  for (const character of text.slice(0, 17)) {
    sum += alphabet.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return alphabet[(31 - (sum % 31)) % 31] === text[17];
}

export const Uscc = z.string().refine(isUscc, {
  error: '不是有效的统一社会信用代码 · not a valid unified social credit code',
});
