const mostBytes = 1024;

/** Members that may hold a person's name, number or whereabouts, whatever their names are exactly. */
const personal =
  /("[^"]*(?:name|psn|cert|id_?(?:card|no|num)|phone|mobile|tel|addr|birth|姓名|证件|身份|电话|住址)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"?/gi;

/**
 * The beginning of an insurer's answer as it may be kept and shown: at most 1 kB, no digits in a row that could be a
 * number of a person, no values of members that sound like one.
 */
export function masked(body: Uint8Array): string {
  const text = new TextDecoder('utf-8').decode(body.subarray(0, mostBytes));
  return text
    .replace(personal, '$1"…"')
    .replace(/\d[\d\s-]{4,}[\dXx]/g, '…')
    .replace(/[\p{Cc}\p{Co}\p{Cn}]/gu, ' ');
}
