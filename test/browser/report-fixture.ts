import { rules } from '../../functions/crosscheck/rules/register.ts';
import { feeds } from '../../schemas/feeds/register.ts';
import { Report } from '../../schemas/run.ts';

const townNames =
  '白帝 草堂 汾河 康乐 大树 竹园 公平 朱衣 甲高 羊市 吐祥 兴隆 青龙 新民 永乐 安坪 五马 青莲 岩湾 平安 红土 石岗 康坪 太和 鹤峰 冯坪 长安 龙桥 云雾 夔门'.split(
    ' ',
  );

/** A run of a county as it looks at its fullest: every rule and feed, thirty townships, something stale, something missing. */
export function fullReport(): Report {
  const townships = townNames.map((name, n) => {
    const target = 18_000 + n * 911;
    const covered = Math.floor(target * (0.915 + ((n * 37) % 80) / 1000));
    const hardship = 400 + n * 13;
    const hardshipCovered = hardship - (n % 4);
    const unknown = target - covered - (n % 3) * 10;
    return {
      township: `5002990${String(n).padStart(2, '0')}`,
      name: n === 29 ? null : `${name}${n % 3 ? '镇' : '土家族乡'}`,
      target,
      covered,
      unknown,
      hardship,
      hardshipCovered,
      rate: covered / target,
      unknownRate: unknown / target,
      hardshipRate: hardshipCovered / hardship,
    };
  });
  const sum = (key: 'target' | 'covered' | 'unknown' | 'hardship' | 'hardshipCovered') =>
    townships.reduce((total, township) => total + township[key], 0);
  const total = {
    target: sum('target'),
    covered: sum('covered'),
    unknown: sum('unknown'),
    hardship: sum('hardship'),
    hardshipCovered: sum('hardshipCovered'),
  };
  return Report.parse({
    run: {
      runId: '2022-06-30.0002.3f9c1a7b',
      asOf: '2022-06-30',
      year: '2022',
      sequence: 2,
      previousRunId: '2022-05-31.0001.88ab12cd',
      changesCases: true,
      area: { code: '500299', name: '示范县' },
    },
    feeds: feeds.map(feedLine),
    rules: rules.map(ruleLine),
    participation: {
      assessed: {
        insured: 868_200,
        residents: 905_300,
        source: '第七次人口普查',
        date: '2020-11-01',
        rate: 868_200 / 905_300,
      },
      total: {
        ...total,
        rate: total.covered / total.target,
        unknownRate: total.unknown / total.target,
        hardshipRate: total.hardshipCovered / total.hardship,
      },
      townships,
      targets: { participation: 0.95, hardshipParticipation: 1 },
    },
    findings: { open: 97_214, persons: 91_077, byPriority: { P0: 1204, P1: 8_733, P2: 71_020, P3: 16_257 } },
    tasks: { total: 16, evaluated: 15, reused: 1 },
    inputs: {
      settingsDigest: 'a'.repeat(64),
      ruleVersions: Object.fromEntries(rules.map(({ code }) => [code, 'b'.repeat(16)])),
      snapshots: Object.fromEntries(feeds.map(({ name }) => [name, `${name}-20220630-full-2-0123456789abcdef`])),
    },
    timings: {
      startedAt: '2022-06-30T21:00:00.000Z',
      finishedAt: '2022-06-30T21:00:41.000Z',
      seconds: { prelude: 3.1, read: 9.4, rules: 22.8, compare: 4.2, write: 3.9, 'findings.csv': 6.1 },
      intake: { population: { download: 0.3, read: 1.1, clean: 1.8, write: 1.6, store: 0.4 } },
      peakMemoryMb: 1873.4,
    },
  });
}

/** A county of which nothing has been delivered yet. */
export function emptyReport(): Report {
  const full = fullReport();
  const nobody = { target: 0, covered: 0, unknown: 0, hardship: 0, hardshipCovered: 0 };
  return {
    ...full,
    feeds: full.feeds.map((feed) => ({
      ...feed,
      state: 'missing',
      snapshotId: null,
      dataAsOf: null,
      declared: null,
      ageDays: null,
      fresh: false,
      counts: {},
    })),
    rules: full.rules.map((rule) => ({
      ...rule,
      state: 'not-run',
      considered: 0,
      excluded: {},
      found: 0,
      byPriority: {},
      byStatus: {},
      notRun: [{ zh: '缺少参保登记', en: 'enrolment is missing' }],
    })) as unknown as Report['rules'],
    participation: {
      ...full.participation,
      assessed: null,
      total: { ...nobody, rate: null, unknownRate: null, hardshipRate: null },
      townships: [],
    },
    findings: { open: 0, persons: 0, byPriority: {} },
  };
}

function feedLine({ name: feed, title, agency, freshnessDays }: (typeof feeds)[number], at: number) {
  const state =
    feed === 'birth' || feed === 'enrolment-elsewhere' ? 'not-in-use' : feed === 'cremation' ? 'missing' : 'pinned';
  const ageDays = feed === 'death-police' ? 41 : at * 2;
  const rows = 1_050_000 - at * 87_123;
  const pinned = state === 'pinned';
  return {
    feed,
    title,
    agency,
    state,
    snapshotId: pinned ? `${feed}-20220630-full-2-0123456789abcdef` : null,
    dataAsOf: pinned ? '2022-06-24' : null,
    declared: pinned ? at % 2 === 0 : null,
    ageDays: pinned ? ageDays : null,
    limitDays: freshnessDays,
    fresh: pinned && ageDays <= freshnessDays,
    counts: pinned ? { rows, accepted: rows - 321, warned: 1203, rejected: 300, dropped: 21 } : {},
  };
}

function ruleLine({ code, slug, name, family, owner, excluded, stage }: (typeof rules)[number], at: number) {
  const state = family === 'death' ? 'not-run' : code === 'XC-302' ? 'partly' : 'evaluated';
  const priority = `P${at % 4}`;
  const open = stage === 'prelude' ? 120 : Math.floor(22_000 / (at + 1));
  return {
    rule: code,
    slug,
    title: name,
    family,
    owner,
    state,
    notRun:
      state === 'evaluated'
        ? []
        : [{ zh: '公安死亡注销数据已41天，超过35天时限', en: 'not run: death-police is 41 days old' }],
    reasons: excluded,
    considered: 1_050_000,
    excluded: Object.fromEntries(
      Object.keys(excluded).map((reason, n) => [reason, Math.floor(620_000 / (n + 1.4) ** 2)]),
    ),
    found: open,
    withheld: at === 3 ? 12 : 0,
    byPriority: { [priority]: open - 30, [`P${(at + 1) % 4}`]: 30 },
    byStatus: {
      new: 40,
      continued: open - 55,
      changed: 10,
      closed: 31,
      reopened: 5,
      'carried-over': state === 'not-run' ? 7 : 0,
    },
  };
}
