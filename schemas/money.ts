/** Money is integer fen inside, decimal yuan with two digits on the wire. */

/** Fen of `1234.5`, `¥1,234.50`, `-20元`; undefined for anything else, more than two decimals included. */
export function fenOfYuan(yuan: string): number | undefined {
  const plain = yuan.replace(/[¥￥元\s]/gu, '');
  const parts = /^(-?)(\d{1,13}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,2}))?$/.exec(plain);
  if (!parts) return undefined;
  const fen = Number(parts[2]!.replaceAll(',', '')) * 100 + Number((parts[3] ?? '').padEnd(2, '0'));
  return parts[1] && fen !== 0 ? -fen : fen;
}

/** `-1234.50` of -123450. */
export function yuanOfFen(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0');
  return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
