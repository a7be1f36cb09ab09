import type { Feed } from '../../schemas/feeds/feed.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import type { PinnedFeed, PinnedSnapshot, PlannedRule } from '../../schemas/run.ts';
import { feedUse, type Settings } from '../../schemas/settings.ts';
import { type Snapshot, snapshotKey } from '../../schemas/snapshot.ts';
import { daysBetween } from '../../schemas/time.ts';
import { partsOf, type Rule } from './rule.ts';

/**
 * What a run does about each rule, or each cause of a rule: it is evaluated when all feeds that it needs and that
 * the area uses are there and fresh. `version` gives the digest of a rule's definition.
 */
export function planRules(
  rules: readonly Rule[],
  feeds: readonly PinnedFeed[],
  version: (rule: Rule) => string,
): PlannedRule[] {
  const pinned = new Map(feeds.map((feed) => [feed.feed, feed]));
  return rules.flatMap((rule) =>
    partsOf(rule).map(({ cause, needs }) => {
      const needed = needs.map((feed) => pinned.get(feed)!).filter(({ state }) => state !== 'not-in-use');
      const notRun = needed.flatMap((feed) => whyNot(feed) ?? []);
      return {
        rule: rule.code,
        cause,
        family: rule.family,
        version: version(rule),
        evaluated: notRun.length === 0,
        notRun,
        proof: needed.flatMap(({ feed, snapshot }) =>
          snapshot === undefined ? [] : [`${feed}:${snapshot.snapshotId}`],
        ),
      };
    }),
  );
}

/** The feeds of a run: of each the newest snapshot that tells about a day on or before the as-of date. */
export function pinFeeds(
  feeds: readonly Feed[],
  snapshots: ReadonlyMap<string, Snapshot>,
  settings: Settings,
  asOf: string,
): PinnedFeed[] {
  return feeds.map((feed) => {
    const { inUse, freshnessDays: limitDays } = feedUse(settings, feed);
    const snapshot = snapshots.get(feed.name);
    if (!inUse) return { feed: feed.name, state: 'not-in-use', limitDays };
    if (snapshot === undefined) return { feed: feed.name, state: 'missing', limitDays };
    return { feed: feed.name, state: 'pinned', limitDays, snapshot: pin(snapshot, asOf) };
  });
}

/** Data on the last day of its limit is fresh. */
export const isFresh = ({ snapshot, limitDays }: PinnedFeed): boolean =>
  snapshot !== undefined && snapshot.ageDays <= limitDays;

/** @throws when the snapshot tells about a day after the as-of date: it must not be read. */
function pin(snapshot: Snapshot, asOf: string): PinnedSnapshot {
  const ageDays = daysBetween(snapshot.dataAsOf, asOf);
  if (ageDays < 0) throw new Error(`snapshot ${snapshot.snapshotId} is newer than ${asOf}`);
  const { snapshotId, dataAsOf, declared, rows, unkeyed, counts, timings } = snapshot;
  return {
    snapshotId,
    dataAsOf,
    declared,
    ageDays,
    rows,
    files: snapshot.files.map(({ range, digest }) => ({ key: snapshotKey(snapshot, range), digest, range })),
    unkeyed: unkeyed && { key: snapshotKey(snapshot, 'unkeyed'), digest: unkeyed.digest },
    counts,
    timings,
  };
}

function whyNot(feed: PinnedFeed): PlannedRule['notRun'][number] | undefined {
  const name = feedNamed(feed.feed)?.title.zh ?? feed.feed;
  if (feed.snapshot === undefined) {
    const text = { zh: `未执行：没有${name}数据`, en: `not run: ${feed.feed} is missing` };
    return { code: 'missing', feed: feed.feed, text };
  }
  if (isFresh(feed)) return undefined;
  const { ageDays } = feed.snapshot;
  const text = {
    zh: `未执行：${name}数据已过${ageDays}天，期限${feed.limitDays}天`,
    en: `not run: ${feed.feed} is ${ageDays} days old, its limit is ${feed.limitDays}`,
  };
  return { code: 'stale', feed: feed.feed, text };
}
