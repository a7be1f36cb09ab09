#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { isCivilDate } from '../../schemas/time.ts';
import { HubRefusal } from './client.ts';
import { UsageError } from './usage-error.ts';

enableCompileCache();

// A command loads what it needs when it is called: the embedded hub alone brings the whole CDK with it.
const program = new Command('canbao')
  .description('参保：医保数据交换枢纽 · the data-exchange hub of a medical-insurance bureau')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

const count = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('应为整数 · a whole number');
  return Number(text);
};
const civilDate = (text: string): string => {
  if (!isCivilDate(text)) {
    throw new InvalidArgumentError('日期格式应为 2022-06-30 · a date like 2022-06-30');
  }
  return text;
};
const year = (text: string): string => {
  if (!/^\d{4}$/.test(text)) throw new InvalidArgumentError('年度应为四位数字 · a year of four digits');
  return text;
};
/** Options of every command that speaks to a running hub. */
const client = (name: string, parent: Command = program): Command =>
  parent
    .command(name)
    .option('--endpoint <url>', '枢纽地址（密钥取自 CANBAO_KEY）· the hub’s address, its key in CANBAO_KEY')
    .option('--data <folder>', '本机枢纽的数据文件夹 · data folder of the embedded hub', '.canbao')
    .option('--json', '机器可读输出 · machine output');

program
  .command('demo')
  .description('造一个虚拟县，跑完整流程 · make a synthetic county and walk it through the hub')
  .option('--people <n>', '人口 · people', count, 20_000)
  .option('--seed <n>', '随机种子 · seed', count, 7)
  .option('--port <n>', '端口 · port', count, 8700)
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
  .option('--port <n>', '端口 · port', count, 8700)
  .action(async (options) => (await import('./commands/up.ts')).up(options));

client('push <feed> <file>')
  .description('报送一个文件 · push a file')
  .option('--mode <mode>', 'full 全量 | delta 增量', 'full')
  .option('--data-as-of <date>', '数据截止日期 · data-as-of', civilDate)
  .option('--sequence <n>', '序号 · sequence', count)
  .action(async (feed, file, options) => (await import('./commands/deliveries.ts')).pushFile(feed, file, options));
client('show <delivery>')
  .description('查看报送及其影响 · show a delivery and what it would change')
  .action(async (id, options) => (await import('./commands/deliveries.ts')).show(id, options));
client('release <delivery>')
  .description('放行被暂缓的报送 · release a held delivery')
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
client('status')
  .description('数据源与最近一次比对 · feeds and the last run')
  .action(async (options) => (await import('./commands/runs.ts')).status(options));
client('findings')
  .description('列出最近一次比对的疑点 · list the findings of the last run')
  .option('--rule <code>', '规则编号 · rule, such as XC-102')
  .option('--township <code>', '乡镇代码 · township, 9 digits')
  .option('--priority <p>', '优先级 · P0 to P3')
  .option('--limit <n>', '最多行数 · rows at most', count, 50)
  .action(async (options) => (await import('./commands/runs.ts')).findings(options));
const product = program.command('product').description('商保产品 · products of insurers');
client('add <file>', product)
  .description('登记产品声明（JSON）· bring a product declaration')
  .action(async (file, options) => (await import('./commands/products.ts')).addProduct(file, options));
client('list', product)
  .description('列出产品的最新版本 · list the newest versions')
  .action(async (options) => (await import('./commands/products.ts')).listProducts(options));
const settlement = program.command('settlement').description('一站式结算 · settlements');
client('show <setl_id>', settlement)
  .description('查看结算与结算单 · show a settlement and its statement')
  .action(async (id, options) => (await import('./commands/settlements.ts')).showSettlement(id, options));
client('settle-by-hand <setl_id>', settlement)
  .description('人工办结未答复的商保份额 · end the waiting for insurers')
  .requiredOption('--reason <text>', '理由 · reason')
  .action(async (id, options) => (await import('./commands/settlements.ts')).settleByHand(id, options));
const ledger = program.command('ledger').description('账本 · the ledger');
client('verify', ledger)
  .description('重放全部命令并核对账本 · replay all commands and check the ledger')
  .action(async (options) => (await import('./commands/settlements.ts')).verifyLedger(options));
program
  .command('insurer-sandbox')
  .description('本机模拟保险公司，供联调 · a mock insurer on this machine, to try an integration with')
  .requiredOption('--keys <file>', 'canbao insurer add --json 的输出 · what "canbao insurer add --json" has shown')
  .option('--hub <url>', '枢纽地址 · address of the hub', 'http://127.0.0.1:8700')
  .option('--port <n>', '端口 · port', count, 8800)
  .option('--answer <where>', 'in-reply 随应答 | by-webhook 另发 | never 不答', 'in-reply')
  .option('--ratio <share>', '赔付比例 0-1 · share of the base that is paid', Number, 0.6)
  .option('--reply-after <ms>', '应答延迟 · delay of replies, ms', count, 0)
  .option('--answer-after <ms>', '理赔延迟 · delay of answers by webhook, ms', count, 0)
  .option('--copies <n>', '每条发送次数 · times each webhook is sent', count, 1)
  .option('--out-of-order', '乱序 · answers change places')
  .option('--wrong-signature', '错误签名 · sign with an unknown key')
  .option('--wrong-amount', '超额 · answer more than is left')
  .option('--down <status>', '故障 · be down: refused, 410, 429, 500, 502, 503, 504')
  .option('--json', '机器可读输出 · machine output')
  .action(async (options) => (await import('./commands/insurer-sandbox.ts')).insurerSandbox(options));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** 2: called wrongly. 1: the hub said no. Anything else is a fault and shows its stack. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (error instanceof HubRefusal) {
    process.stderr.write(`${error.message} (${error.code})\n`);
    return 1;
  }
  throw error;
}
