import { insurerCodes } from './insurer-codes.ts';
import { settlementCodes } from './settlement-codes.ts';

/**
 * Every coded "no" the hub can say, in words. Row codes stand in a delivery's error file; refusal codes say why
 * a delivery or a request as a whole was not taken. A refusal is an expected answer and is returned; faults are thrown.
 */

export type Words = { readonly zh: string; readonly en: string };
export type Severity = 'reject' | 'warning';

export type RowCodeText = Words & {
  readonly advice: Words;
  /** Usual weight; `unknown-code` is a warning in a column that is not required, certificates in `enrolment` too. */
  readonly severity: Severity;
};

export type Refusal = {
  readonly kind: 'refusal';
  readonly code: RefusalCode;
  /** `what` is in both languages, `文件字节数 (bytes of the file)`: each sentence takes its own. */
  readonly details: Readonly<Record<string, string | number>>;
};

export function refuse(code: RefusalCode, details: Refusal['details'] = {}): Refusal {
  return { kind: 'refusal', code, details };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'refusal';
}

/** One sentence what is wrong and one what to do, in both languages; `{name}` stands for a detail. */
export function explain(refusal: Refusal): Words {
  const text = refusalCodes[refusal.code];
  const [whole, zh, en] = /^(.+) \((.+)\)$/.exec(String(refusal.details.what ?? '')) ?? [];
  if (whole === undefined) return { zh: fill(text.zh, refusal.details), en: fill(text.en, refusal.details) };
  return {
    zh: fill(text.zh, { ...refusal.details, what: zh! }),
    en: fill(text.en, { ...refusal.details, what: en! }),
  };
}

function fill(template: string, details: Refusal['details']): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? '?'));
}

export const rowCodes = {
  missing: {
    zh: '必填项为空',
    en: 'A required cell is empty.',
    advice: { zh: '请补填后重新报送。', en: 'Fill it in and send the row again.' },
    severity: 'reject',
  },
  'bad-check-digit': {
    zh: '证件号码校验码错误',
    en: 'The check character of the certificate number is wrong.',
    advice: { zh: '请核对证件号码各位数字。', en: 'Compare the number with the certificate.' },
    severity: 'reject',
  },
  'bad-birth-date': {
    zh: '证件号码中的出生日期不存在',
    en: 'The birth date inside the certificate number is not a date.',
    advice: { zh: '请核对证件号码第7至14位。', en: 'Check digits 7 to 14 of the number.' },
    severity: 'reject',
  },
  'bad-length': {
    zh: '证件号码位数或格式不符',
    en: 'The certificate number has the wrong length or form.',
    advice: { zh: '请核对证件类型与号码位数。', en: 'Check the certificate type and the number of characters.' },
    severity: 'reject',
  },
  'excel-damaged': {
    zh: '证件号码被 Excel 改成数值，末几位已丢失',
    en: 'Excel turned the certificate number into a figure and lost its last digits.',
    advice: {
      zh: '请将该列设为文本格式，从原系统重新导出。',
      en: 'Format the column as text and export again from the source system.',
    },
    severity: 'reject',
  },
  placeholder: {
    zh: '证件号码为占位号码',
    en: 'The certificate number is a placeholder.',
    advice: { zh: '请填写真实证件号码。', en: 'Send the real number.' },
    severity: 'reject',
  },
  'unknown-code': {
    zh: '代码或类别名称不在字典内',
    en: 'The code or category is not on the list.',
    advice: {
      zh: '请按数据字典填写；如为本地类别名称，请医保局在设置中登记对照。',
      en: 'Use a code of the dictionary, or ask the bureau to map the local name in its settings.',
    },
    severity: 'reject',
  },
  'bad-date': {
    zh: '日期无法识别或不存在',
    en: 'The date cannot be read or does not exist.',
    advice: { zh: '请按 yyyy-MM-dd 填写。', en: 'Write dates as yyyy-MM-dd.' },
    severity: 'reject',
  },
  'bad-amount': {
    zh: '金额或数字无法识别，或小数超过两位',
    en: 'The amount or number cannot be read, or has more than two decimals.',
    advice: { zh: '请以元为单位填写，至多两位小数。', en: 'Write yuan with at most two decimals.' },
    severity: 'reject',
  },
  'too-long': {
    zh: '内容超过规定长度',
    en: 'The text is longer than the column allows.',
    advice: { zh: '请检查是否错列，或缩短内容。', en: 'Check for shifted columns, or shorten the text.' },
    severity: 'reject',
  },
  'not-text': {
    zh: '含控制字符或乱码',
    en: 'The cell holds control or undecodable characters.',
    advice: { zh: '请核对文件编码后重新导出。', en: 'Check the encoding and export again.' },
    severity: 'reject',
  },
  'malformed-row': {
    zh: '行结构错误（单元格多于表头，或不是 JSON 对象）',
    en: 'The row is malformed: more cells than the header, or no JSON object.',
    advice: { zh: '请检查分隔符与引号。', en: 'Check delimiters and quotes.' },
    severity: 'reject',
  },
  'private-use-character': {
    zh: '含自造字（私有区字符），姓名不参与比对',
    en: 'The cell holds private-use characters; such a name is not compared.',
    advice: { zh: '请改用国标汉字。', en: 'Use the standard character if there is one.' },
    severity: 'warning',
  },
  'id-sex-differs': {
    zh: '性别与证件号码不一致',
    en: 'The sex differs from the one in the certificate number.',
    advice: { zh: '请核对性别。', en: 'Check the sex.' },
    severity: 'warning',
  },
  'id-birth-differs': {
    zh: '出生日期与证件号码不一致',
    en: 'The birth date differs from the one in the certificate number.',
    advice: { zh: '请核对出生日期。', en: 'Check the birth date.' },
    severity: 'warning',
  },
  'duplicate-row': {
    zh: '与前面的行完全相同，已忽略',
    en: 'The row repeats an earlier one and was dropped.',
    advice: { zh: '无需处理；请检查导出条件。', en: 'Nothing to do; check how the list was exported.' },
    severity: 'warning',
  },
  'duplicate-key': {
    zh: '同一业务主键有内容不同的多行，均已保留',
    en: 'Several different rows share one key; all were kept.',
    advice: { zh: '请核对应保留哪一行。', en: 'Check which of them is right.' },
    severity: 'warning',
  },
  'unknown-area': {
    zh: '证件号码前两位不是省级区划代码',
    en: 'The certificate number does not begin with a province code.',
    advice: { zh: '请核对证件号码前六位。', en: 'Check the first six digits.' },
    severity: 'warning',
  },
} as const satisfies Record<string, RowCodeText>;

export type RowCode = keyof typeof rowCodes;

export const refusalCodes = {
  'unknown-feed': {
    zh: '未登记的数据源「{feed}」。请使用已登记的名称：{known}。',
    en: 'Unknown feed "{feed}". Use one of: {known}.',
  },
  'bad-object-key': {
    zh: '文件名「{key}」不符合规则。请按 <数据源>/<yyyymmdd>-<full|delta>-<序号>.<扩展名> 命名。',
    en: 'The object key "{key}" does not follow <feed>/<yyyymmdd>-<full|delta>-<sequence>.<ext>. Rename the file.',
  },
  'unreadable-encoding': {
    zh: '文件编码无法识别（既不是 UTF-8、GB 18030，也不是带 BOM 的 UTF-16）。请另存为 UTF-8 后重新报送。',
    en: 'The encoding is none of UTF-8, GB 18030 or UTF-16 with BOM. Save the file as UTF-8 and send it again.',
  },
  'unreadable-file': {
    zh: '文件无法读取：{zh}。请检查文件是否完整、扩展名是否正确后重新报送。',
    en: 'The file cannot be read: {en}. Check that it is complete and has the right extension, then send it again.',
  },
  'unsupported-format': {
    zh: '不支持的文件格式「{extension}」。请使用 csv、txt、tsv、xlsx、xls、jsonl，或其 gz、zip 压缩包。',
    en: 'Unsupported format "{extension}". Use csv, txt, tsv, xlsx, xls or jsonl, or one of them as gz or zip.',
  },
  'too-large': {
    zh: '文件超出限制：{what}：{value}，上限 {limit}。请拆分后报送（Excel 可另存为 CSV），或由医保局调整设置。',
    en: 'The file is beyond a limit: {what}: {value}, at most {limit}. Split it (save Excel as CSV), or let the bureau raise the setting.',
  },
  'no-header': {
    zh: '前 {lines} 行内没有找到表头。请按数据字典填写表头。',
    en: 'No header line was found in the first {lines} lines. Name the columns as in the data dictionary.',
  },
  'missing-column': {
    zh: '缺少必填列：{columns}。文件的表头为：{found}。请补充后重新报送。',
    en: 'Required columns are missing: {columns}. The header of the file has: {found}. Add them and send the file again.',
  },
  'duplicate-column': {
    zh: '表头中同一数据项出现多次：{columns}。请只保留一列。',
    en: 'The header names the same field more than once: {columns}. Keep one of them.',
  },
  'empty-full': {
    zh: '全量文件没有数据行。空名单不会替换现有数据；如确需清空，请联系医保局。',
    en: 'The full delivery has no rows. An empty list never replaces the content; ask the bureau if that is meant.',
  },
  'too-many-rejects': {
    zh: '{rows} 行中有 {rejected} 行不合格，超过上限（{limit}）。请按错误清单更正后重新报送。',
    en: '{rejected} of {rows} rows were rejected, above the limit of {limit}. Correct them as the error file says.',
  },
  'manifest-invalid': {
    zh: '清单文件无效：{reason}。请更正清单后与数据文件一并重新报送。',
    en: 'The manifest is invalid: {reason}. Correct it and send it again with its file.',
  },
  'manifest-late': {
    zh: '清单晚于数据文件到达，未采用。清单须先于数据文件上传。',
    en: 'The manifest came after its file and was not used. Upload the manifest first.',
  },
  overwritten: {
    zh: '读取之前，同名文件 {key} 被后到的另一份替换，本次上传未采用，以后到的为准。请查看后者的处理结果；本文件仍需报送的，请以新的序号报送。',
    en: 'Before it was read, a later file took its place under the same name, {key}. This upload was not used, the later one counts: see what became of it, and if this file is still needed, send it with a new sequence.',
  },
  'digest-differs': {
    zh: '文件摘要（{alg}）与清单不符。文件可能在传输中损坏，请重新报送。',
    en: 'The {alg} digest differs from the manifest. The file may be damaged; send it again.',
  },
  'count-differs': {
    zh: '行数与清单不符：清单 {expected} 行，文件 {actual} 行。请核对后重新报送。',
    en: 'The manifest says {expected} rows, the file has {actual}. Check and send again.',
  },
  'total-differs': {
    zh: '「{column}」合计与清单不符：清单 {expected}，文件 {actual}。请核对后重新报送。',
    en: 'The total of {column} differs: {expected} in the manifest, {actual} in the file. Check and send again.',
  },
  'sequence-taken': {
    zh: '序号 {sequence} 已被使用。请以新的序号报送。',
    en: 'Sequence {sequence} was already accepted. Send the file with a new sequence.',
  },
  'not-newer': {
    zh: '数据截止日期 {dataAsOf} 早于现有数据（{current}），未替换。',
    en: 'Data as of {dataAsOf} is older than what is there ({current}); nothing was replaced.',
  },
  'bad-date': {
    zh: '日期「{value}」无效。请按 yyyy-MM-dd 填写。',
    en: '"{value}" is not a date. Write yyyy-MM-dd.',
  },
  'settings-invalid': {
    zh: '设置文件有误：{zh}。请更正后重试。',
    en: 'The settings are invalid: {en}. Correct them and try again.',
  },
  'lookup/unusable-certificate': {
    zh: '证件号码无法识别（{defect}）。请核对证件类型与号码。',
    en: 'The certificate number cannot be used ({defect}). Compare type and number with the certificate.',
  },
  'sample-check/no-register': {
    zh: '没有{year}年的参保登记数据，无法抽查。请先报送该年度的参保登记，或另选年度。',
    en: 'There is no enrolment register of {year} to draw from. Send one of that year, or choose another year.',
  },
  'sample-check/no-such-snapshot': {
    zh: '没有这份{what}快照。请核对快照编号（见原抽查的 sample-check.json）。',
    en: 'There is no such snapshot of {what}. Compare its id with the sample-check.json of the earlier sample.',
  },
  'gave-up': {
    zh: '系统多次尝试仍无法读取该文件，原文件已保留。请联系运维人员；也可检查后重新报送。',
    en: 'The hub tried several times and could not take this file; the original is kept. Call the operators, or check it and send it again.',
  },
  'operator-refused': {
    zh: '经 {by} 复核，未予接收，现有数据不变。请与医保局联系。',
    en: '{by} reviewed and refused it; nothing has changed. Ask the bureau.',
  },
  ...insurerCodes,
  ...settlementCodes,
} as const satisfies Record<string, Words>;

export type RefusalCode = keyof typeof refusalCodes;
