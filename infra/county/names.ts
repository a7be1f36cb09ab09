import { type Dice, Weighted } from './dice.ts';

export type Sex = 1 | 2;

/** A full name of the years the person was born in; `surname` when it comes from a parent. */
export function fullName(dice: Dice, sex: Sex, birthYear: number, surname: string): string {
  if (surname === dotted) return dottedName(dice, sex);
  const rare = dice.chance(0.004) ? dice.pick(rareCharacters) : '';
  return surname + (rare && dice.chance(0.5) ? rare : givenName(dice, sex, birthYear) + rare);
}

/** A surname, or `dotted` for a family whose names are written with a separator dot. */
export function surname(dice: Dice): string {
  return surnames.pick(dice);
}

/** Stands in the place of a surname in families whose members have given name · father's name. */
export const dotted = '·';

export function dottedName(dice: Dice, sex: Sex): string {
  return `${dice.pick(sex === 1 ? dottedMen : dottedWomen)}·${dice.pick(dottedFathers)}`;
}

/** A name that also has a traditional spelling. */
export function nameWithTraditionalForm(dice: Dice, sex: Sex): string {
  return (
    dice.pick(['刘', '陈', '张', '吴', '郑', '马', '龙']) +
    dice.pick(sex === 1 ? ['国华', '建军', '云龙'] : ['丽华', '静', '凤莲'])
  );
}

/** The name in traditional characters, as older files and systems still hold it. */
export function traditional(name: string): string {
  return [...name].map((character) => traditionalOf[character] ?? character).join('');
}

/** Characters of real names that old code pages lack: two bytes in GB 18030's extension, or four. */
export const rareCharacters: readonly string[] = [
  '䶮',
  '喆',
  '堃',
  '犇',
  '淼',
  '赟',
  '翀',
  '龑',
  '曌',
  '骉',
  '玥',
  '頔',
  '㛃',
  '㬎',
  '𠮷',
  '𬭚',
  '𪻐',
  '𬎆',
  '𫖯',
  '𣲘',
];

function givenName(dice: Dice, sex: Sex, birthYear: number): string {
  const era = birthYear < 1965 ? 0 : birthYear < 1990 ? 1 : birthYear < 2005 ? 2 : 3;
  const list = (sex === 1 ? menByEra : womenByEra)[era]!;
  const first = dice.pick(list);
  if (dice.chance(singleCharacterShareByEra[era]!)) return first;
  return first + dice.pick(list);
}

const singleCharacterShareByEra = [0.12, 0.3, 0.25, 0.1];
// No name of the youngest ends in 子: under one year of age it would pass for a placeholder.
const menByEra = [
  [...'国德明文福荣贵光华兴清正永世忠志成良平元庆安昌全友学家仁义金海山发祥才'],
  [...'建军伟强勇刚斌波辉华平鹏飞涛杰峰林东云超志国明江海龙宏利民春永光成'],
  [...'浩宇俊杰文博鑫磊凯旭航阳鹏豪睿轩泽涛帆翔晨毅坤瑞铭佳子晓天嘉思伟'],
  [...'梓轩浩宇涵奕辰睿泽铭宸俊熙沐阳煜皓晨一诺博文嘉懿景行承恩致远星屹'],
] as const;
const womenByEra = [
  [...'秀英桂兰珍芳玉凤琼淑华素珠清莲菊香芬群碧美贵碧友先翠云仙德容惠金'],
  [...'丽敏静燕红梅霞娟艳萍玲芳英琴琼华莉蓉群春秀娜玉洁平利晓云雪凤'],
  [...'婷欣雨佳怡雪思颖琳璐悦倩慧莹晓梦瑶洁静媛娜蕾露薇丹宁文诗嘉宇'],
  [...'梓涵欣怡诗雨一诺可馨若汐语桐沐瑶芷萱思妍安然雅琪艺彤佳艺钰清悦'],
] as const;

const dottedMen = ['艾力', '买买提', '阿卜杜拉', '吐尔逊', '木沙', '吉克', '阿木', '沙马', '才让', '巴特尔'];
const dottedWomen = [
  '玛依拉',
  '古丽娜尔',
  '热依汗',
  '米热古丽',
  '阿依努尔',
  '阿呷',
  '曲木',
  '卓玛',
  '萨仁',
  '帕提古丽',
];
const dottedFathers = ['热合曼', '艾合买提', '司马义', '热娅', '阿不都', '伍呷', '拉铁', '尔布', '依布拉音', '吐尔地'];

/** Weights per ten thousand people, after the published shares of the most frequent surnames. */
const surnames = new Weighted<string>([
  ...weigh(
    '王',
    650,
    '李',
    690,
    '张',
    640,
    '刘',
    520,
    '陈',
    500,
    '杨',
    360,
    '黄',
    250,
    '赵',
    170,
    '吴',
    210,
    '周',
    240,
  ),
  ...weigh('徐', 130, '孙', 90, '马', 70, '朱', 110, '胡', 140, '郭', 90, '何', 180, '林', 70, '高', 70, '罗', 190),
  ...weigh('郑', 80, '梁', 60, '谢', 120, '宋', 70, '唐', 120, '许', 60, '邓', 120, '韩', 40, '冯', 70, '曹', 50),
  ...weigh('彭', 110, '曾', 120, '肖', 80, '田', 60, '董', 40, '潘', 50, '袁', 70, '蔡', 50, '蒋', 90, '余', 110),
  ...weigh('于', 30, '杜', 60, '叶', 50, '程', 60, '魏', 50, '苏', 40, '吕', 50, '丁', 40, '任', 60, '沈', 30),
  ...weigh('姚', 40, '卢', 40, '姜', 30, '崔', 20, '钟', 50, '谭', 100, '陆', 30, '汪', 50, '范', 40, '金', 20),
  ...weigh('石', 50, '廖', 70, '贾', 20, '夏', 50, '韦', 20, '付', 40, '方', 40, '白', 30, '邹', 60, '孟', 20),
  ...weigh('熊', 60, '秦', 50, '邱', 40, '江', 50, '尹', 40, '薛', 20, '闫', 10, '段', 30, '雷', 50, '侯', 20),
  ...weigh('龙', 40, '史', 20, '陶', 30, '黎', 30, '贺', 40, '顾', 10, '毛', 30, '郝', 10, '龚', 50, '邵', 10),
  ...weigh('万', 30, '覃', 20, '武', 20, '钱', 10, '戴', 20, '严', 20, '莫', 20, '孔', 10, '向', 80, '常', 10),
  ...weigh('冉', 70, '牟', 40, '瞿', 10, '佘', 10, '晏', 10, '璩', 1, '逄', 1, '仝', 1, '亓', 1, '妫', 1),
  ...weigh(
    '欧阳',
    8,
    '司马',
    1,
    '上官',
    2,
    '诸葛',
    2,
    '夏侯',
    1,
    '皇甫',
    1,
    '尉迟',
    1,
    '令狐',
    2,
    '东方',
    1,
    '公孙',
    1,
  ),
  ...weigh(dotted, 60),
]);

const traditionalOf: Readonly<Record<string, string>> = {
  刘: '劉',
  陈: '陳',
  张: '張',
  吴: '吳',
  郑: '鄭',
  马: '馬',
  龙: '龍',
  国: '國',
  华: '華',
  军: '軍',
  云: '雲',
  丽: '麗',
  静: '靜',
  凤: '鳳',
  莲: '蓮',
};

function weigh(...pairs: (string | number)[]): [string, number][] {
  const weights: [string, number][] = [];
  for (let i = 0; i < pairs.length; i += 2) weights.push([String(pairs[i]), Number(pairs[i + 1])]);
  return weights;
}
