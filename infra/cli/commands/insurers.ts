import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type {
  Insurer,
  InsurerHistory,
  InsurerList,
  InsurerView,
  KeyView,
  NewInsurerView,
  NewKeyView,
} from '../../../schemas/insurer.ts';
import type { MessageRef } from '../../../schemas/messages.ts';
import { type ClientOptions, show } from '../answer.ts';
import { hubOf } from '../client.ts';
import { tableOf, wrapped } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { wallTime } from '../wall-time.ts';

type Options = ClientOptions & { by?: string };

type SettingOptions = {
  name?: string;
  url?: string;
  channel?: string;
  schemes?: string;
  tolerance?: number;
  fileTolerance?: number;
  statementDueBy?: string;
};

/** Sets a new insurer up. The secrets of its keys are shown this once. */
export async function addInsurer(id: string, options: Options & SettingOptions): Promise<void> {
  if (options.name === undefined) throw new UsageError('请用 --name 给出名称', 'Say with --name what it is called');
  const hub = hubOf(options);
  const added = await hub.post<NewInsurerView>('/insurers', { id, ...settingsOf(options), ...byOf(options) });
  show(options, added, () => `${describe(added)}\n\n${secretsOf(added.keys)}`);
}

export async function listInsurers(options: Options): Promise<void> {
  const answer = await hubOf(options).get<InsurerList>('/insurers');
  show(options, answer, () => {
    if (answer.insurers.length === 0) return '尚未登记保险公司 · no insurer yet: canbao insurer add <uscc>';
    const head = ['保险公司 insurer\n名称 name', '状态\nstate', '通道\nchannel', '签名\nschemes', '提醒\nwarnings'];
    const table = tableOf(head, 4, { ruled: true });
    for (const { id, name, state, channel, schemes, warnings } of answer.insurers)
      table.push([
        `${id}\n${wrapped(name, nameColumns)}`,
        states[state],
        channel,
        schemes.join(' '),
        String(warnings.length || ''),
      ]);
    return table.toString();
  });
}

/** A name may be long: what is beside it keeps the table within a terminal. */
const nameColumns = 36;

export async function showInsurer(id: string, options: Options): Promise<void> {
  const insurer = await hubOf(options).get<InsurerHistory>(path(id));
  show(options, insurer, () => {
    const acts = insurer.acts.map(({ at, by, what }) => `${wallTime(at)} ${by} ${what}`);
    return [describe(insurer), keyTable(insurer.keys), ...acts].join('\n');
  });
}

export async function changeInsurer(id: string, options: Options & SettingOptions): Promise<void> {
  const settings = settingsOf(options);
  if (Object.keys(settings).length === 0)
    throw new UsageError('没有要修改的设置', 'Nothing to change: name a setting, such as --url');
  await post(id, 'settings', settings, options);
}

export async function switchInsurer(act: 'enable' | 'disable', id: string, options: Options): Promise<void> {
  await post(id, act, {}, options);
}

/** A private range for insurers on the government network: one person proposes it, another approves it, each with a key of their own. */
export async function changeRange(
  act: 'propose' | 'approve' | 'remove',
  id: string,
  range: string,
  options: Options,
): Promise<void> {
  await post(id, 'ranges', { range, act }, options);
}

export async function rotateKey(
  id: string,
  options: Options & { scheme: string; direction: string; publicKey?: string; graceHours?: number; validDays?: number },
): Promise<void> {
  const { scheme, direction, publicKey, graceHours, validDays } = options;
  const order = { scheme, direction, graceHours, validDays, publicKey: await textOf(publicKey) };
  const key = await hubOf(options).post<NewKeyView>(`${path(id)}/keys`, { ...order, ...byOf(options) });
  show(options, key, () => `${keyTable([key])}\n${secretsOf([key])}`);
}

export async function revokeKey(id: string, kid: string, options: Options): Promise<void> {
  const key = await hubOf(options).post<KeyView>(`${path(id)}/keys/${encodeURIComponent(kid)}/revoke`, byOf(options));
  show(options, key, () => keyTable([key]));
}

/** Asks an insurer whether messages reach it. */
export async function ping(id: string, options: Options): Promise<void> {
  const hub = hubOf(options);
  const sent = await hub.post<MessageRef>(`${path(id)}/ping`, {});
  const { state } = await hub.get<InsurerHistory>(path(id));
  show(options, sent, () => {
    const waits = `${states[state]}：启用后才会发出 · it goes out when the insurer is enabled`;
    return [sent.id, ...(state === 'enabled' ? [] : [waits]), `canbao messages show ${id} ${sent.id}`].join('\n');
  });
}

const path = (id: string): string => `/insurers/${encodeURIComponent(id)}`;
const byOf = ({ by }: Options) => (by === undefined ? {} : { by });

async function post(id: string, act: string, body: object, options: Options): Promise<void> {
  const insurer = await hubOf(options).post<Insurer>(`${path(id)}/${act}`, { ...body, ...byOf(options) });
  show(options, insurer, () => describe(insurer));
}

function settingsOf({ schemes, tolerance, fileTolerance, ...others }: SettingOptions) {
  const { name, url, channel, statementDueBy } = others;
  const given = {
    ...{ name, url, channel, statementDueBy },
    schemes: schemes?.split(/\s*[,，]\s*/),
    toleranceSeconds: tolerance,
    fileToleranceHours: fileTolerance,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** A key may be given as it is, or as a file. */
async function textOf(given: string | undefined): Promise<string | undefined> {
  if (given === undefined) return undefined;
  if (existsSync(given)) return (await readFile(given, 'utf8')).trim();
  if (/^(whpk_|-----BEGIN|[0-9a-f]+$)/i.test(given)) return given;
  throw new UsageError(
    `既不是公钥，也没有这个文件：${given}`,
    `Neither a public key nor a file that there is: ${given}`,
  );
}

const states = { enabled: '启用 enabled', gone: '端点已停用（410） gone', disabled: '停用 disabled' } as const;

function describe(insurer: Insurer & Partial<Pick<InsurerView, 'warnings' | 'restUntil'>>): string {
  const { id, name, state, channel, url = '', schemes, statementDueBy, ranges } = insurer;
  const tolerance = channel === 'file' ? `${insurer.fileToleranceHours} h` : `${insurer.toleranceSeconds} s`;
  const lines = [
    `${id} ${name} · ${states[state]}`,
    `通道 channel ${channel} ${url} · 签名 schemes ${schemes.join(' ')}`,
    `时差 tolerance ±${tolerance} · 对账单 statement due by ${statementDueBy}`,
  ];
  for (const { range, proposedBy, approvedBy } of ranges)
    lines.push(
      approvedBy === undefined
        ? `内网网段 range ${range}: ${proposedBy} 提出，待另一人批准 · proposed, waits for another person`
        : `内网网段 range ${range}: ${proposedBy} → ${approvedBy}`,
    );
  for (const { zh, en } of insurer.warnings ?? []) lines.push(`⚠ ${zh} · ${en}`);
  if (insurer.restUntil !== undefined)
    lines.push(`对方繁忙，暂停至 · it asks for patience, rests until ${wallTime(insurer.restUntil)}`);
  return lines.join('\n');
}

function keyTable(keys: readonly KeyView[], now = new Date().toISOString()): string {
  const head = ['密钥 key', '签名\nscheme', '方向\ndirection', '生效 from\n到期 until', '状态 state'];
  const table = tableOf(head, head.length, { ruled: true });
  for (const { kid, scheme, direction, notBefore, notAfter, revokedAt } of keys) {
    const way = direction === 'in' ? '保司→枢纽\nin' : '枢纽→保司\nout';
    const ended = notAfter !== undefined && notAfter <= now;
    const held = ended ? '已到期 ended' : notBefore > now ? '未生效 to come' : '有效 valid';
    const state = revokedAt === undefined ? held : `已吊销 revoked\n${wallTime(revokedAt)}`;
    table.push([kid, scheme, way, `${wallTime(notBefore)}\n${wallTime(notAfter)}`, state]);
  }
  return table.toString();
}

function secretsOf(keys: readonly NewKeyView[]): string {
  const lines = keys.flatMap(({ kid, direction, secret, publicKey }) => {
    const use =
      direction === 'in' ? '保险公司签名用 the insurer signs with it' : '保险公司验签用 the insurer verifies with it';
    const text = secret ?? (direction === 'out' ? publicKey : undefined);
    return text === undefined ? [] : [`${kid} · ${use}\n  ${text}`];
  });
  if (keys.every(({ secret }) => secret === undefined)) return lines.join('\n');
  return [...lines, '密钥只显示这一次，请安全交付。The secrets are shown this once: hand them over safely.'].join('\n');
}
