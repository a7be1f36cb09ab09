/**
 * Where a person lives, as the population register says: an aggregate over the person's rows, the one that qualifies
 * for the target population, the newest. Its field `place` is the division code.
 * @param more Fields of that row beside the place; between rows that are alike in all else the greatest counts.
 */
export function homeOf(more: readonly string[] = []): string {
  return `max({qualifies: pop_kind IN ('1', '2') AND pop_stas = '1', changed: coalesce(chg_date, DATE '0001-01-01'),
      kind: -pop_kind::INTEGER, place: coalesce(live_admdvs, hukou_admdvs)${more.map((field) => `, ${field}: ${field}`).join('')}})`;
}
