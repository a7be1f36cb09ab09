#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { Command } from 'commander';
import { schemes } from '../../functions/runtime/signatures/scheme.ts';
import { exitCodeOf } from './exit-code.ts';
import { address, civilDate, count, oneOf, percent, port, positive, share, year } from './option-values.ts';
import { wrongUsage } from './wrong-usage.ts';

enableCompileCache();

// A command loads what it needs when it is called: the embedded hub alone brings the whole CDK with it.
const program = new Command('canbao')
  .description('参保：医保数据交换枢纽 · the data-exchange hub of a medical-insurance bureau')
  .exitOverride()
  .configureOutput({ outputError: (said, write) => write(wrongUsage(said)) })
  .configureHelp({ showGlobalOptions: true })
  .helpOption('-h, --help', '显示用法 · show how it is used')
  .helpCommand('help [command]', '显示命令的用法 · show how a command is used');

const schemeWords = schemes.join(' | ');
const scheme = oneOf(...schemes);
const box = oneOf('out', 'in');

/** Options of every command that speaks to a running hub. */
const client = (name: string, parent: Command = program): Command =>
  parent
    .command(name)
    .option('--endpoint <url>', '枢纽地址（密钥取自 CANBAO_KEY）· the hub’s address, its key in CANBAO_KEY', address)
    .option('--data <folder>', '本机枢纽的数据文件夹 · data folder of the embedded hub', '.canbao')
    .option('--json', '机器可读输出 · machine output');

const by = (command: Command): Command => command.option('--by <person>', '经办人 · who does this');

program
  .command('demo')
  .description('造一个虚拟县，跑完整流程 · make a synthetic county and walk it through the hub')
  .option('--people <n>', '人口 · people', count, 20_000)
  .option('--seed <n>', '随机种子 · seed', count, 7)
  .option('--port <n>', '端口 · port', port, 8700)
  .option('--exit', '完成后退出 · stop when done')
  .option('--out <folder>', '输出文件夹 · output folder', 'out/demo')
  .option('--json', '机器可读输出 · machine output')
  .action(async (options) => (await import('./commands/demo.ts')).demo(options));

program
  .command('check <folder>')
  .description('核对您自己的文件 · check the files of a folder')
  .requiredOption('--as-of <date>', '数据截止日期 · as-of date', civilDate)
  .option('--year <yyyy>', '参保年度 · insurance year', year)
  .requiredOption('--out <folder>', '输出文件夹 · output folder')
  .option('--settings <file>', '本地设置（JSON）· settings of the area')
  .option('--data <folder>', '保留数据的文件夹 · keep the hub’s data here')
  .option('--json', '机器可读输出 · machine output')
  .action(async (folder, options) => (await import('./commands/check.ts')).check(folder, options));

program
  .command('up')
  .description('启动本机枢纽并保留数据 · start the embedded hub, keeping its data')
  .option('--data <folder>', '数据文件夹 · data folder', '.canbao')
  .option('--port <n>', '端口 · port', port, 8700)
  .action(async (options) => (await import('./commands/up.ts')).up(options));

const clientKeyCommand = program
  .command('client-key')
  .argument('<client>')
  .description(
    '显示签名密钥：operator 经办共用、operator/<姓名> 本人、core 核心系统 · the key that operators share, a person’s own, or the core system’s',
  )
  .option('--data <folder>', '数据文件夹 · data folder', '.canbao')
  .option('--json', '机器可读输出 · machine output')
  .action(async (name, options) => (await import('./commands/client-key.ts')).showClientKey(name, options));
client('revoke <client>', clientKeyCommand)
  .description('吊销一人的本人密钥，立即生效，不可恢复 · take a person’s own key away, at once and for good')
  .action(async (name, _, command) =>
    (await import('./commands/client-key.ts')).revokeClientKey(name, command.optsWithGlobals()),
  );
client('revoked', clientKeyCommand)
  .description('已吊销的本人密钥 · keys that were taken away')
  .action(async (_, command) => (await import('./commands/client-key.ts')).listRevokedKeys(command.optsWithGlobals()));

client('push <feed> <file>')
  .description('报送一个文件 · push a file')
  .option('--mode <mode>', 'full 全量 | delta 增量', oneOf('full', 'delta'), 'full')
  .option('--data-as-of <date>', '数据截止日期 · data-as-of', civilDate)
  .option('--sequence <n>', '序号 · sequence', count)
  .action(async (feed, file, options) => (await import('./commands/deliveries.ts')).pushFile(feed, file, options));
client('show <delivery>')
  .description('查看报送及其影响 · show a delivery and what it would change')
  .action(async (id, options) => (await import('./commands/deliveries.ts')).showDelivery(id, options));
client('release <delivery>')
  .description('放行被暂缓的报送（本人密钥）· release a held delivery, with a key of your own')
  .action(async (id, options) => (await import('./commands/deliveries.ts')).decide('release', id, options));
client('refuse <delivery>')
  .description('退回被暂缓的报送 · refuse a held delivery')
  .action(async (id, options) => (await import('./commands/deliveries.ts')).decide('refuse', id, options));
client('run')
  .description('运行比对 · run the cross-check')
  .option('--as-of <date>', '数据截止日期 · as-of date', civilDate)
  .option('--year <yyyy>', '参保年度 · insurance year', year)
  .option('--out <folder>', '输出文件夹 · output folder')
  .action(async (options) => (await import('./commands/runs.ts')).run(options));
client('sample-check')
  .description('抽查：按乡镇抽取一定比例的参保人 · draw a share of the insured of every township')
  .option('--year <yyyy>', '参保年度 · insurance year', year)
  .option('--share <percent>', '比例（%）· percent of the insured', percent, 10)
  .option('--seed <text>', '种子，默认为年度 · seed; the year unless given')
  .option('--as-of <date>', '截至该日的最新数据 · the newest lists up to this day', civilDate)
  .option('--enrolment <snapshot>', '指定参保登记快照 · this snapshot of the register')
  .option('--population <snapshot>', '指定公安人口快照 · this snapshot of the population')
  .option('--out <folder>', '输出文件夹 · output folder', 'out/sample-check')
  .action(async (options) => (await import('./commands/sample-check.ts')).sampleCheck(options));
client('status')
  .description('数据源与最近一次比对 · feeds and the last run')
  .action(async (options) => (await import('./commands/runs.ts')).status(options));
client('findings')
  .description('列出最近一次比对的疑点 · list the findings of the last run')
  .option('--rule <code>', '规则编号 · rule, such as XC-102')
  .option('--township <code>', '乡镇代码 · township, 9 digits')
  .option('--priority <p>', '优先级 · P0 to P3', oneOf('P0', 'P1', 'P2', 'P3'))
  .option('--limit <n>', '最多行数 · rows at most', positive, 50)
  .action(async (options) => (await import('./commands/runs.ts')).findings(options));
const areaSettings = program.command('settings').description('本地设置 · settings of the area');
client('show', areaSettings)
  .description('输出全部设置（JSON）· print all of them')
  .action(async (options) => (await import('./commands/settings.ts')).showSettings(options));
client('set <file>', areaSettings)
  .description('以文件（JSON）替换全部设置 · replace them by those of a file')
  .action(async (file, options) => (await import('./commands/settings.ts')).setSettings(file, options));
const exemption = program
  .command('exemption')
  .description('豁免：至某日前不再催办参保 · people who are not asked for cover until a day');
client('list', exemption)
  .description('列出全部豁免 · list all exemptions')
  .action(async (options) => (await import('./commands/exemptions.ts')).listExemptions(options));
client('propose <person_ref>', exemption)
  .description('提出豁免（本人密钥）· propose one, with a key of your own')
  .requiredOption('--reason <text>', '理由 · why')
  .requiredOption('--until <date>', '自该日起失效 · the first day it no longer holds', civilDate)
  .action(async (ref, options) => (await import('./commands/exemptions.ts')).propose(ref, options));
client('accept <person_ref>', exemption)
  .description(
    '另一人以本人密钥批准，下一次比对起生效 · accept it, with the key of another person; it holds from the next run on',
  )
  .action(async (ref, options) => (await import('./commands/exemptions.ts')).decide('accept', ref, options));
client('withdraw <person_ref>', exemption)
  .description('撤回豁免 · withdraw it')
  .action(async (ref, options) => (await import('./commands/exemptions.ts')).decide('withdraw', ref, options));
const insurer = program.command('insurer').description('商业保险公司 · insurers');
const settings = (command: Command): Command =>
  command
    .option('--name <name>', '名称 · name')
    .option('--url <url>', '接收报文的网址 · where its messages go')
    .option('--channel <channel>', 'https | file（文件网关 · as files）', oneOf('https', 'file'))
    .option('--schemes <list>', `签名方式，逗号分隔 · ${schemes.join(', ')}`)
    .option('--tolerance <seconds>', '允许时差（秒）· tolerance of the time', count)
    .option('--file-tolerance <hours>', '文件报文的有效期（小时）· how old a message in a file may be', count)
    .option('--statement-due-by <time>', '次日对账单时限 HH:mm · statement due on the next day');
by(settings(client('add <uscc>', insurer)))
  .description('登记保险公司，密钥只显示一次 · set up an insurer; its keys are shown once')
  .action(async (id, options) => (await import('./commands/insurers.ts')).addInsurer(id, options));
client('list', insurer)
  .description('列出保险公司 · list insurers')
  .action(async (options) => (await import('./commands/insurers.ts')).listInsurers(options));
client('show <uscc>', insurer)
  .description('查看设置、密钥与到期提醒 · settings, keys and warnings')
  .action(async (id, options) => (await import('./commands/insurers.ts')).showInsurer(id, options));
by(settings(client('change <uscc>', insurer)))
  .description('修改设置 · change settings')
  .action(async (id, options) => (await import('./commands/insurers.ts')).changeInsurer(id, options));
by(client('rotate-key <uscc>', insurer))
  .description('轮换密钥，旧密钥在宽限期后失效 · a new key; those before it end after a grace')
  .requiredOption('--scheme <scheme>', schemeWords, scheme)
  .requiredOption('--direction <way>', 'in 保司→枢纽 to the hub | out 枢纽→保司 to the insurer', oneOf('in', 'out'))
  .option('--public-key <key>', '保险公司的公钥或其文件 · the insurer’s public key, or a file of it')
  .option('--grace-hours <n>', '旧密钥宽限（小时）· grace of the keys before', count)
  .option('--valid-days <n>', '有效天数 · days until it ends', count)
  .action(async (id, options) => (await import('./commands/insurers.ts')).rotateKey(id, options));
by(client('revoke-key <uscc> <kid>', insurer))
  .description('立即吊销密钥 · a key is dead at once')
  .action(async (id, kid, options) => (await import('./commands/insurers.ts')).revokeKey(id, kid, options));
for (const act of ['enable', 'disable'] as const)
  by(client(`${act} <uscc>`, insurer))
    .description(act === 'enable' ? '启用 · let messages go both ways' : '停用 · nothing goes either way')
    .action(async (id, options) => (await import('./commands/insurers.ts')).switchInsurer(act, id, options));
for (const [name, act, words] of [
  ['allow-range', 'propose', '提出放行内网网段（本人密钥）· propose a private range, with a key of your own'],
  ['approve-range', 'approve', '另一人以本人密钥批准 · approve it, with the key of another person'],
  ['close-range', 'remove', '关闭内网网段 · close it again'],
] as const)
  client(`${name} <uscc> <range>`, insurer)
    .description(words)
    .action(async (id, range, options) =>
      (await import('./commands/insurers.ts')).changeRange(act, id, range, options),
    );
client('ping <uscc>', insurer)
  .description('发一条探测报文 · send a ping')
  .action(async (id, options) => (await import('./commands/insurers.ts')).ping(id, options));
const messages = program.command('messages').description('与保险公司往来的报文 · messages to and from insurers');
client('list <uscc>', messages)
  .description('列出报文 · list messages')
  .option('--box <box>', 'out 发出 | in 收到', box, 'out')
  .option('--state <state>', '状态，如 parked · state')
  .option('--from <time>', '起 · from')
  .option('--to <time>', '止 · to')
  .option('--limit <n>', '最多行数 · rows at most', positive, 50)
  .action(async (id, options) => (await import('./commands/messages.ts')).listMessages(id, options));
client('show <uscc> <id>', messages)
  .description('查看报文与每次发送 · a message and its attempts')
  .option('--box <box>', 'out 发出 | in 收到', box, 'out')
  .action(async (id, message, options) => (await import('./commands/messages.ts')).showMessage(id, message, options));
client('replay <uscc> [id]', messages)
  .description('以原编号重发，待发的立即发 · send again under the same ids, and at once what waits')
  .option('--missing', '所有未送达的 · all that were never accepted')
  .option('--all', '已送达的也重发 · those accepted too')
  .option('--from <time>', '起 · from')
  .option('--to <time>', '止 · to')
  .action(async (id, message, options) => (await import('./commands/messages.ts')).replay(id, message, options));
client('export <uscc> <file>', messages)
  .description('待发报文导出为文件（文件网关）· write what is due into a file')
  .action(async (id, file, options) => (await import('./commands/messages.ts')).exportMessages(id, file, options));
client('import <file>', messages)
  .description('导入保险公司的报文文件 · bring a file of insurers’ messages')
  .option('--answers <file>', '逐条答复写入文件 · write the answer to each into a file')
  .action(async (file, options) => (await import('./commands/messages.ts')).importMessages(file, options));
const product = program.command('product').description('商保产品 · products of insurers');
client('add <file>', product)
  .description('登记产品声明（JSON）· bring a product declaration')
  .action(async (file, options) => (await import('./commands/products.ts')).addProduct(file, options));
client('list', product)
  .description('列出产品的最新版本 · list the newest versions')
  .action(async (options) => (await import('./commands/products.ts')).listProducts(options));
client('results <uscc> <product_code>', product)
  .description('产品的赔付与退回，及其占保费的比例（核定“保本微利”）· what a product has paid, beside its premiums')
  .requiredOption('--from <date>', '起（按入账日）· first day of posting', civilDate)
  .requiredOption('--to <date>', '止（含当日）· last day, included', civilDate)
  .option('--premiums <amount>', '同期保费收入（元），由医保经办提供 · premiums of the same time, in yuan')
  .action(async (insurer, code, options) =>
    (await import('./commands/products.ts')).productResults(insurer, code, options),
  );
const settlement = program.command('settlement').description('一站式结算 · settlements');
client('show <setl_id>', settlement)
  .description('查看结算与结算单 · show a settlement and its statement')
  .action(async (id, options) => (await import('./commands/settlements.ts')).showSettlement(id, options));
client('post <file>', settlement)
  .description('提交一张单据（JSON），供联调 · post a bill, to try an integration with')
  .option('--preview', '只试算 · only what it would come to')
  .action(async (file, options) => (await import('./commands/settlements.ts')).postBill(file, options));
client('settle-by-hand <setl_id>', settlement)
  .description('人工办结未答复的商保份额 · end the waiting for insurers')
  .requiredOption('--reason <text>', '理由 · reason')
  .action(async (id, options) => (await import('./commands/settlements.ts')).settleByHand(id, options));
client('reconcile')
  .argument('<day>', '日期 · a day', civilDate)
  .description('日终对账 · reconcile a day with everybody’s statements')
  .option('--core <file>', '核心系统当日结算文件（CSV）· the core system’s settlement file of the day')
  .option('--clearing <file>', '清算对账文件（CSV）· a clearing statement')
  .action(async (day, options) => (await import('./commands/reconcile.ts')).reconcile(day, options));
const differences = client('differences')
  .description('列出差异 · list differences')
  .option('--state <state>', 'open | explained | resolved', oneOf('open', 'explained', 'resolved'), 'open')
  .option('--limit <n>', '最多行数 · rows at most', positive, 100)
  .action(async (options) => (await import('./commands/reconcile.ts')).differences(options));
client('show <id>', differences)
  .description('查看一条差异及其经过 · show a difference and what was done about it')
  .action(async (id, _, command) =>
    (await import('./commands/reconcile.ts')).showDifference(id, command.optsWithGlobals()),
  );
for (const [name, to, words] of [
  ['explain', 'explained', '注明差异原因 · say why a difference is there'],
  ['resolve', 'resolved', '办结差异 · a difference is cleared up'],
  ['reopen', 'open', '重新打开差异 · open a difference again'],
] as const)
  client(`${name} <id>`, differences)
    .description(words)
    .requiredOption('--reason <text>', '理由 · the reason')
    .option('--owner <who>', '承办人 · who is to look after it')
    .action(async (id, _, command) =>
      (await import('./commands/reconcile.ts')).changeDifference(id, to, command.optsWithGlobals()),
    );

const ledger = program.command('ledger').description('账本 · the ledger');
const seal = ledger.command('seal').description('每日封存 · the daily seal');
client('show', seal)
  .argument('<day>', '日期 · a day', civilDate)
  .description('查看某日的封存 · show the seal of a day')
  .action(async (day, options) => (await import('./commands/seals.ts')).showSeal(day, options));
client('check', seal)
  .argument('<day>', '日期 · a day', civilDate)
  .description('凭公钥核验某日的封存 · check the seal of a day with the public key')
  .option('--public-key <file>', '审计方持有的公钥（PEM）· the public key that the auditor holds')
  .action(async (day, options) => (await import('./commands/seals.ts')).checkDay(day, options));
client('verify', ledger)
  .description('重放全部命令并核对账本 · replay all commands and check the ledger')
  .action(async (options) => (await import('./commands/settlements.ts')).verifyLedger(options));
program
  .command('insurer-sandbox')
  .description('本机模拟保险公司，供联调 · a mock insurer on this machine, to try an integration with')
  .requiredOption('--keys <file>', 'canbao insurer add --json 的输出 · what "canbao insurer add --json" has shown')
  .option('--hub <url>', '枢纽地址 · address of the hub', address, 'http://127.0.0.1:8700')
  .option('--port <n>', '端口 · port', port, 8800)
  .option(
    '--answer <where>',
    'in-reply 随应答 | by-webhook 另发 | never 不答',
    oneOf('in-reply', 'by-webhook', 'never'),
    'in-reply',
  )
  .option('--ratio <share>', '赔付比例 0-1 · share of the base that is paid', share, 0.6)
  .option('--reply-after <ms>', '应答延迟 · delay of replies, ms', count, 0)
  .option('--answer-after <ms>', '理赔延迟 · delay of answers by webhook, ms', count, 0)
  .option('--copies <n>', '每条发送次数 · times each webhook is sent', positive, 1)
  .option('--out-of-order', '乱序 · answers change places')
  .option('--wrong-signature', '错误签名 · sign with an unknown key')
  .option('--wrong-amount', '超额 · answer more than is left')
  .option('--down <status>', '故障 · be down: refused, 410, 429, 500, 502, 503, 504')
  .option('--json', '机器可读输出 · machine output')
  .action(async (options) => (await import('./commands/insurer-sandbox.ts')).insurerSandbox(options));

const webhook = program
  .command('webhook')
  .description('离线检验和制作签名，供保险公司联调 · check and make signatures, without a hub');
webhook
  .command('verify')
  .description('检验一条消息，说明为何不符 · say whether a message passes, and why not')
  .requiredOption('--scheme <scheme>', schemeWords, scheme)
  .requiredOption('--key <key>', '密钥或公钥；@FILE 取自文件 · secret or public key; @FILE: from a file')
  .requiredOption('--id <id>', 'webhook-id')
  .requiredOption('--timestamp <seconds>', 'webhook-timestamp')
  .requiredOption('--signature <list>', 'webhook-signature')
  .requiredOption('--body <file>', '原始正文；- 为标准输入 · the raw body; -: standard input')
  .option('--tolerance <seconds>', '允许的时间差 · tolerance', count, 300)
  .option('--now <time>', '以此刻为准 · as if it were then (Unix seconds or ISO 8601)')
  .option('--json', '机器可读输出 · machine output')
  .action(async (options) => (await import('./commands/webhook.ts')).verifyWebhook(options));
webhook
  .command('sign')
  .description('为一条消息签名，输出三个标头 · print the three headers of a signed message')
  .requiredOption('--scheme <scheme>', schemeWords, scheme)
  .requiredOption('--key <key>', '密钥或私钥；@FILE 取自文件 · secret or private key; @FILE: from a file')
  .requiredOption('--body <file>', '原始正文；- 为标准输入 · the raw body; -: standard input')
  .option('--id <id>', 'webhook-id')
  .option('--now <time>', '以此刻为准 · as if it were then (Unix seconds or ISO 8601)')
  .option('--json', '机器可读输出 · machine output')
  .action(async (options) => (await import('./commands/webhook.ts')).signWebhook(options));
webhook
  .command('vectors')
  .description('输出公布的测试向量（JSON）· print the published test vectors')
  .option('--scheme <scheme>', schemeWords, scheme)
  .action(async (options) => (await import('./commands/webhook.ts')).printVectors(options));

// Whoever reads the output may leave before its end, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
