import { Weighted } from './dice.ts';

/** No county has this code in GB/T 2260; `示范县` is nobody's home. */
export const countyCode = '500299';
export const countyName = '示范县';

/** Pooling areas elsewhere, where people of the county are insured, come from or move to. */
export const otherRegions = ['500101', '500112', '500235', '510104', '420802'] as const;

/**
 * Thirty townships, 9-digit code → name, people per hundred of the county, committees. The first three digits after
 * the county: 001-099 sub-districts, 100-199 towns, 200-299 townships.
 */
const townshipList: readonly (readonly [code: string, name: string, share: number, villages: number])[] = [
  ['001', '永宁街道', 9.6, 14],
  ['002', '城东街道', 7.4, 12],
  ['003', '城西街道', 5.2, 11],
  ['004', '滨江街道', 4.1, 9],
  ['100', '青石镇', 4.3, 14],
  ['101', '白沙镇', 3.9, 15],
  ['102', '石桥镇', 3.1, 12],
  ['103', '双河镇', 3.6, 15],
  ['104', '大坪镇', 3.3, 12],
  ['105', '柳溪镇', 4.8, 17],
  ['106', '龙泉镇', 4.9, 18],
  ['107', '三合镇', 4.4, 15],
  ['108', '兴隆镇', 3.8, 13],
  ['109', '太平镇', 2.9, 11],
  ['110', '新场镇', 5.1, 18],
  ['111', '观音镇', 3.5, 14],
  ['112', '清溪镇', 2.8, 12],
  ['113', '高峰镇', 2.7, 11],
  ['114', '长岭镇', 2.5, 10],
  ['115', '金竹镇', 3.0, 12],
  ['116', '云台镇', 2.1, 10],
  ['117', '黄柏镇', 1.9, 9],
  ['200', '岩口乡', 1.3, 8],
  ['201', '平坝乡', 1.7, 9],
  ['202', '红岩乡', 1.8, 9],
  ['203', '石笋乡', 1.6, 9],
  ['204', '官渡乡', 1.4, 8],
  ['205', '桃源乡', 1.1, 8],
  ['206', '鹿鸣乡', 1.2, 8],
  ['207', '凤山乡', 1.0, 8],
];

/** 9-digit township code → name; also fits the area's settings. */
export const townships: Readonly<Record<string, string>> = Object.fromEntries(
  townshipList.map(([code, name]) => [countyCode + code, name]),
);

const villages = new Weighted<string>(
  townshipList.flatMap(([code, , share, count]) =>
    Array.from({ length: count }, (_, i): [string, number] => {
      // Sub-districts have neighbourhood committees (001…), the others villages (200…) and one committee.
      const committee = code < '100' || i === 0 ? i + 1 : 199 + i;
      return [`${countyCode}${code}${String(committee).padStart(3, '0')}`, share / count];
    }),
  ),
);

/** 12-digit code of the village at a position in [0, 1) of the county's register, which goes township by township. */
export function villageAt(position: number): string {
  return villages.at(position);
}

export type Institution = { readonly code: string; readonly name: string };

export const hospitals: readonly Institution[] = [
  '人民医院',
  '中医院',
  '妇幼保健院',
  '第二人民医院',
  '精神卫生中心',
  '骨科医院',
  '仁济医院',
  '惠民医院',
  ...townshipList.map(([, name]) => `${name}卫生院`),
].map((name, i) => ({ code: `H${countyCode}${String(i + 1).padStart(5, '0')}`, name: countyName + name }));

export const pharmacies: readonly Institution[] = Array.from({ length: 40 }, (_, i) => ({
  code: `P${countyCode}${String(i + 1).padStart(5, '0')}`,
  name: `${countyName}康民大药房${i + 1}店`,
}));

const trades = ['机械', '纺织', '食品', '建筑', '物业', '运输', '矿业', '电子', '农业', '商贸', '旅游', '环保'];
export const employers: readonly string[] = [
  '教育委员会',
  '卫生健康委员会',
  '财政局',
  '公安局',
  '税务局',
  '人民医院',
  '第一中学',
  '供电公司',
  '自来水公司',
  '邮政分公司',
]
  .map((name) => countyName + name)
  .concat(
    Array.from(
      { length: 230 },
      (_, i) => `渝东${trades[i % trades.length]}样本有限公司${Math.floor(i / trades.length) + 1}部`,
    ),
  );

/** How many of `employers`, from the first, pay their people the civil servants' supplement. */
export const publicEmployers = 7;

export const schools: readonly string[] = townshipList.flatMap(([, name]) => [`${name}中心小学`, `${name}初级中学`]);
export const colleges: readonly string[] = ['渝东样本职业学院', '江城样本大学', '渝东样本师范学院'];
