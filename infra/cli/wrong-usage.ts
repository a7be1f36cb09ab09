/** What commander says of a wrong call, in Chinese; its own words stand below. */
const words: readonly (readonly [RegExp, string])[] = [
  [/^missing required argument '(.+?)'/, '缺少参数 <$1>'],
  [/^option '(.+?)' argument missing/, '选项 $1 缺少取值'],
  [/^required option '(.+?)' not specified/, '缺少必填选项 $1'],
  [/^unknown option '(.+?)'/, '没有选项 $1'],
  [/^unknown command '(.+?)'/, '没有命令 $1'],
  [/^too many arguments/, '参数过多'],
  [/^option '(.+?)' argument '(.*?)' is invalid\.\s*/, '选项 $1 的取值「$2」无效：'],
  [/^command-argument value '(.*?)' is invalid for argument '(.+?)'\.\s*/, '参数 <$2> 的取值「$1」无效：'],
];

/** A wrong call in both languages: what is wrong, and where to look. */
export function wrongUsage(said: string): string {
  const english = said.trim().replace(/^error: /, '');
  const [first = '', ...more] = english.split('\n');
  const known = words.find(([pattern]) => pattern.test(first));
  if (known === undefined) return `${english}\n`;
  const [pattern, chinese] = known;
  const zh = first.match(pattern)![0].replace(pattern, chinese);
  // Our own words of what is expected are in both languages already: each goes where it belongs.
  const [expected = '', wanted = expected] = first.replace(pattern, '').split(' · ');
  const en = first.match(pattern)![0].trim().replace(/\.$/, ':');
  const [zhLine, enLine] = zh.endsWith('：') ? [`${zh}${expected}`, `${en} ${wanted}`] : [zh, first];
  return `${zhLine}；用 --help 查看用法\n${[enLine.replace(/\.$/, ''), ...more].join(' ')}; see --help\n`;
}
