import type { Circumstances } from './rule.ts';

/**
 * Where a run stands in the campaign for its insurance year: `before` the year begins, class R cover of it cannot
 * exist yet; in the `collection` after it has begun, those who have not paid yet are still only asked to.
 */
export type CampaignPhase = 'before' | 'collection' | 'none';

export function campaignPhase({
  asOf,
  year,
  settings,
}: Pick<Circumstances, 'asOf' | 'year' | 'settings'>): CampaignPhase {
  if (asOf < `${year}-01-01`) return 'before';
  return asOf <= `${year}-${settings.campaign.collectionEnd}` ? 'collection' : 'none';
}
