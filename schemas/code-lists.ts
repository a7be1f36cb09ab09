/** A list of codes with their Chinese texts; both are accepted in a file, the code is what is kept. */
export type CodeList = {
  readonly name: string;
  /** Codes shorter than this are padded with zeros on the left: `1` → `01`. */
  readonly width?: number;
  /** code → Chinese text. */
  readonly codes: Readonly<Record<string, string>>;
  /** Further texts agencies write → code. The area's settings may add to it (see `categoryNames`). */
  readonly synonyms?: Readonly<Record<string, string>>;
};

/** Text or code as found in a (cleaned) cell → code of the list; `more` are the area's own names. */
export function codeByText(list: CodeList, more: Readonly<Record<string, string>> = {}): Map<string, string> {
  const known = new Map<string, string>();
  for (const [code, text] of Object.entries(list.codes)) known.set(text, code);
  for (const [text, code] of Object.entries({ ...list.synonyms, ...more })) known.set(text, code);
  for (const code of Object.keys(list.codes)) known.set(code, code);
  return known;
}

export const certTypes: CodeList = {
  name: 'psn_cert_type',
  width: 2,
  codes: {
    '01': '居民身份证',
    '02': '军官证',
    '03': '武警警官证',
    '04': '香港通行证',
    '05': '澳门通行证',
    '06': '台湾通行证',
    '07': '外国人永久居留证',
    '08': '外国人护照',
    '09': '残疾人证',
    '10': '军烈属证明',
    '11': '外国人就业证',
    '12': '外国专家证',
    '13': '外国人常驻记者证',
    '14': '台港澳人员就业证',
    '15': '回国（来华）定居专家证',
    '16': '中国护照',
    '17': '港澳台居民居住证',
    '90': '社会保障卡',
    '91': '保密人员',
    '99': '其他',
  },
  synonyms: {
    '居民身份证/户口簿': '01',
    '居民身份证（户口簿）': '01',
    '居民身份证(户口簿)': '01',
    身份证: '01',
    公民身份证: '01',
    户口簿: '01',
    户口本: '01',
    中国人民解放军军官证: '02',
    中国人民武装警察警官证: '03',
    外国人永久居留: '07',
    外国人永久居留身份证: '07',
    护照: '08',
    '回国(来华)定居专家证': '15',
    港澳台居民居住证件: '17',
    其他身份证件: '99',
  },
};

export const sexes: CodeList = {
  name: 'gend',
  width: 1,
  codes: { '1': '男', '2': '女' },
  synonyms: { 男性: '1', 女性: '2' },
};

export const insuranceTypes: CodeList = {
  name: 'insutype',
  width: 3,
  codes: {
    '310': '职工基本医疗保险',
    '320': '公务员医疗补助',
    '330': '大额医疗费用补助',
    '340': '离休人员医疗保障',
    '350': '一至六级残疾军人医疗补助',
    '360': '老红军医疗保障',
    '370': '企业补充医疗保险',
    '380': '新型农村合作医疗',
    '390': '城乡居民基本医疗保险',
    '391': '城镇居民基本医疗保险',
    '392': '城乡居民大病医疗保险',
    '399': '其他特殊人员医疗保障',
    '410': '长期照护保险',
    '510': '生育保险',
  },
  synonyms: {
    职工基本: '310',
    职工医保: '310',
    城镇职工基本医疗保险: '310',
    公务员补助: '320',
    大额: '330',
    离休: '340',
    一至六级残废军人: '350',
    老红军: '360',
    企业补充: '370',
    新农合: '380',
    城乡居民: '390',
    居民医保: '390',
    城镇居民: '391',
    居民大病: '392',
    其他特殊: '399',
    长护: '410',
    生育: '510',
  },
};

/** Also grouped by the first two digits: `1402` is a resident minor (14) of a kind this list does not name. */
export const personTypes: CodeList = {
  name: 'psn_type',
  width: 2,
  codes: {
    '11': '在职',
    '12': '退休',
    '13': '离休',
    '14': '居民未成年',
    '1401': '新生儿',
    '1403': '中小学生',
    '1404': '大学生',
    '15': '居民成年',
    '16': '居民老年',
  },
};

export const insuranceStatuses: CodeList = {
  name: 'psn_insu_stas',
  width: 1,
  codes: { '0': '未参保', '1': '正常', '2': '暂停', '3': '无效', '4': '终止' },
  synonyms: { 正常参保: '1', 暂停参保: '2', 参保无效: '3', 终止参保: '4' },
};

export const paymentStatuses: CodeList = {
  name: 'psn_clct_stas',
  width: 1,
  codes: { '1': '缴费', '2': '暂停', '3': '终止' },
  synonyms: { 正常缴费: '1', 暂停缴费: '2', 终止缴费: '3' },
};

export const populationKinds: CodeList = {
  name: 'pop_kind',
  width: 1,
  codes: { '1': '户籍', '2': '居住证', '3': '暂住' },
  synonyms: { 户籍人口: '1' },
};

export const populationStatuses: CodeList = {
  name: 'pop_stas',
  width: 1,
  codes: { '1': '正常', '2': '注销', '3': '迁出', '4': '服兵役', '5': '出国定居' },
};

export const cancellationTypes: CodeList = {
  name: 'canc_type',
  width: 1,
  codes: { '1': '死亡', '2': '参军', '3': '出国定居', '4': '重复户口', '9': '其他' },
  synonyms: { 死亡注销: '1' },
};

export const hardshipTypes: CodeList = {
  name: 'idet_type',
  codes: {
    'extreme-poverty': '特困人员',
    orphan: '孤儿',
    'de-facto-unsupported-child': '事实无人抚养儿童',
    'minimum-living': '低保对象',
    'minimum-living-edge': '低保边缘',
    'severe-disability': '重度残疾',
  },
  synonyms: {
    特困: 'extreme-poverty',
    特困供养人员: 'extreme-poverty',
    特困救助供养人员: 'extreme-poverty',
    最低生活保障对象: 'minimum-living',
    低保: 'minimum-living',
    低保边缘家庭成员: 'minimum-living-edge',
    低保边缘对象: 'minimum-living-edge',
    重度残疾人: 'severe-disability',
  },
};

export const monitoringTypes: CodeList = {
  name: 'monitor_type',
  codes: {
    'returned-to-poverty': '返贫致贫',
    'unstable-exit': '脱贫不稳定户',
    'at-risk': '边缘易致贫户',
    'sudden-hardship': '突发严重困难户',
    'stable-exit': '稳定脱贫',
  },
  synonyms: {
    返贫致贫人口: 'returned-to-poverty',
    脱贫不稳定: 'unstable-exit',
    边缘易致贫: 'at-risk',
    突发严重困难: 'sudden-hardship',
    稳定脱贫户: 'stable-exit',
    稳定脱贫人口: 'stable-exit',
  },
};

/** Why others paid a premium: any category of the two hardship lists. */
export const subsidyTypes: CodeList = {
  name: 'subs_type',
  codes: { ...hardshipTypes.codes, ...monitoringTypes.codes },
  synonyms: { ...hardshipTypes.synonyms, ...monitoringTypes.synonyms },
};

export const riskStatuses: CodeList = { name: 'risk_stas', width: 1, codes: { '0': '未消除', '1': '已消除' } };

export const medicalTypes: CodeList = {
  name: 'med_type',
  width: 2,
  codes: {
    '11': '普通门诊',
    '13': '急诊',
    '14': '门诊慢特病',
    '21': '普通住院',
    '23': '转外住院',
    '24': '急诊转住院',
    '41': '药店',
    '51': '生育门诊',
    '52': '生育住院',
    '9921': '新生儿随母',
  },
};

export const settlementTypes: CodeList = { name: 'setl_type', width: 1, codes: { '1': '中心报销', '2': '联网' } };

export const policyStatuses: CodeList = { name: 'policy_stas', width: 1, codes: { '1': '有效', '2': '终止' } };

export const lookupResults: CodeList = { name: 'result', width: 1, codes: { '1': '查到', '0': '未查到' } };

/** What a row of a delta does: insert, update, withdraw. */
export const operations: CodeList = {
  name: 'oper',
  width: 1,
  codes: { I: '新增', U: '变更', D: '删除' },
  synonyms: { i: 'I', u: 'U', d: 'D', 修改: 'U', 退出: 'D' },
};
