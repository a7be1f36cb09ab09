import { open, readFile, rm, writeFile } from 'node:fs/promises';
import {
  type Exported,
  type Imported,
  type IncomingState,
  incomingStates,
  type MessageHistory,
  type MessagePage,
  type OutgoingState,
  outgoingStates,
  type Replayed,
} from '../../../schemas/messages.ts';
import { isCivilDate } from '../../../schemas/time.ts';
import { type ClientOptions, show } from '../answer.ts';
import { type HubClient, hubOf } from '../client.ts';
import { number, tableOf } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { wallTime } from '../wall-time.ts';

type Message = MessageHistory['message'];

export type ListOptions = ClientOptions & { box: string; state?: string; from?: string; to?: string; limit: number };

/** An insurer's messages, newest first. */
export async function listMessages(insurer: string, options: ListOptions): Promise<void> {
  const hub = hubOf(options);
  const { box, state, from, to, limit } = options;
  const states: readonly string[] = box === 'in' ? incomingStates : outgoingStates;
  if (state !== undefined && !states.includes(state))
    throw new UsageError(
      `没有状态 ${state}：可为 ${states.join('、')}`,
      `No such state: ${state}; one of ${states.join(', ')}`,
    );
  const messages: Message[] = [];
  for (let after: string | undefined; messages.length < limit; ) {
    const query = queryOf({ insurer, box, state, from: begin(from), to: end(to), after });
    const page = await hub.get<MessagePage>(`/messages?${query}&limit=${Math.min(limit - messages.length, 200)}`);
    messages.push(...page.messages);
    if (page.next === undefined) break;
    after = page.next;
  }
  if (messages.length === 0) await mustBeKnown(hub, insurer);
  show(options, { messages }, () => {
    if (messages.length === 0) return '没有报文 · no messages';
    const head = ['报文 id\n类型 type', '状态\nstate', '时间 at\n说明 note', '次数\ntries'];
    const table = tableOf(head, 3, { ruled: true });
    for (const message of messages) {
      const { id, type = '—', state, createdAt, dueAt } = message;
      const note = `${wallTime(createdAt)}\n${cameTo(message) ?? wallTime(dueAt)}`;
      table.push([
        `${id}\n${type}`,
        stateWords[state].replace(' ', '\n'),
        note,
        'attempts' in message ? number(message.attempts) : '',
      ]);
    }
    return table.toString();
  });
}

export async function showMessage(
  insurer: string,
  id: string,
  options: ClientOptions & { box: string },
): Promise<void> {
  const where = [options.box, insurer, id].map(encodeURIComponent).join('/');
  const found = await hubOf(options).get<MessageHistory>(`/messages/${where}`);
  show(options, found, () => {
    const { message, attempts } = found;
    const { type = '—', state } = message;
    const lines = [`${message.id} ${type} · ${state} ${cameTo(message) ?? ''}`.trimEnd()];
    if ('body' in message) lines.push(message.body);
    const issues = 'body' in message ? message.answerIssues : message.issues;
    for (const { path, message: what } of issues ?? []) lines.push(`${path}: ${what}`);
    for (const { n, at, status, fault, milliseconds, answer = '' } of attempts)
      lines.push(`#${n} ${wallTime(at)} ${status ?? fault} ${milliseconds} ms ${answer}`.trimEnd());
    if (message.state === 'due') lines.push(`下次 next ${wallTime(message.dueAt)}`);
    return lines.join('\n');
  });
}

const stateWords: Record<OutgoingState | IncomingState, string> = {
  due: '待发 due',
  accepted: '已送达 accepted',
  parked: '已搁置 parked',
  cancelled: '已撤回 cancelled',
  lapsed: '已失效 lapsed',
  received: '已收 received',
  handled: '已处理 handled',
  refused: '拒收 refused',
};

/** What became of it, or why. */
const cameTo = (message: Message): string | undefined => ('attempts' in message ? message.reason : message.outcome);

/** Sends again under the same ids: one message, or those of a time, at the hub's bounded rate. */
export async function replay(
  insurer: string,
  id: string | undefined,
  options: ClientOptions & { from?: string; to?: string; missing?: boolean; all?: boolean },
): Promise<void> {
  const { from, to, missing, all } = options;
  const hub = hubOf(options);
  if (id !== undefined) {
    const answer = await hub.post<Replayed>('/messages/replay', { insurer, id });
    show(options, answer, () => `重发 replayed ${answer.replayed}`);
    return;
  }
  if (missing !== true && all !== true)
    throw new UsageError(
      '请给出报文 id，或 --missing（未送达的），或 --all（已送达的也重发）',
      'Name a message, or say --missing (never accepted) or --all (those accepted too)',
    );
  let replayed = 0;
  for (let after: string | undefined; ; ) {
    const order = { insurer, which: all === true ? 'all' : 'missing', from: begin(from), to: end(to), after };
    const page = await hub.post<Replayed>('/messages/replay', order);
    replayed += page.replayed;
    if (page.next === undefined) break;
    after = page.next;
  }
  if (replayed === 0) await mustBeKnown(hub, insurer);
  show(options, { replayed }, () =>
    replayed === 0 ? '没有需要重发的报文 · nothing to send again' : `重发 replayed ${number(replayed)}`,
  );
}

/**
 * Writes what is due for an insurer into a file, one signed message a line. A message counts as sent when its line is
 * on the disk: what was stopped before that comes again, with the same id.
 */
export async function exportMessages(insurer: string, file: string, options: ClientOptions): Promise<void> {
  const hub = hubOf(options);
  const out = await open(file, 'wx').catch(() => {
    throw new UsageError(`文件已存在或无法写入：${file}`, `${file} is there already, or cannot be written`);
  });
  let exported = 0;
  let written = false;
  try {
    for (;;) {
      const { lines } = await hub.post<Exported>('/messages/export', { insurer });
      if (lines.length === 0) break;
      await out.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      await out.sync();
      written = true;
      const ids = lines.map(({ headers }) => headers['webhook-id']);
      await hub.post('/messages/exported', { insurer, ids });
      exported += lines.length;
    }
  } finally {
    await out.close();
    if (!written) await rm(file);
  }
  show(options, { exported, file }, () =>
    written ? `导出 exported ${number(exported)} → ${file}` : '没有待导出的报文 · nothing is due',
  );
}

/** Most of one request; a line is at most 64 kB of body. */
const requestBytes = 1_000_000;
const requestLines = 50;

/** Brings the signed messages of a file to the hub, as if each had come on the wire. Exit code 1 when one was refused. */
export async function importMessages(file: string, options: ClientOptions & { answers?: string }): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`无法读取文件：${file}`, `Cannot read ${file}`);
  });
  const hub = hubOf(options);
  const answers: Imported['answers'] = [];
  for (const lines of batchesOf(
    text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .filter((line) => line.trim() !== ''),
  ))
    answers.push(...(await hub.post<Imported>('/messages/import', { lines })).answers);
  if (options.answers !== undefined)
    await writeFile(options.answers, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
  const refused = answers.filter(({ status }) => status >= 400);
  if (refused.length > 0) process.exitCode = 1;
  show(options, { imported: answers.length - refused.length, refused }, () =>
    [
      `导入 imported ${number(answers.length - refused.length)} · 拒收 refused ${number(refused.length)}`,
      ...refused.map(({ id, status, body }) => `${id} ${status} ${body.code ?? ''}`),
    ].join('\n'),
  );
}

function* batchesOf(lines: readonly string[]): Generator<unknown[]> {
  let batch: unknown[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (batch.length === requestLines || (batch.length > 0 && bytes + line.length > requestBytes)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(parsedOr(line));
    bytes += Buffer.byteLength(line);
  }
  if (batch.length > 0) yield batch;
}

/** The hub says what is wrong with a line; a line that is no JSON reaches it as text. */
function parsedOr(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

/** A day stands for its beginning in Shanghai, or for its end. */
const begin = (text: string | undefined): string | undefined => text && instantOf(text, 'T00:00:00+08:00');
const end = (text: string | undefined): string | undefined => text && instantOf(text, 'T23:59:59.999+08:00');

function instantOf(text: string, time: string): string {
  const day = text.slice(0, 10);
  const at = new Date(text === day ? `${day}${time}` : text);
  if (isCivilDate(day) && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new UsageError(
    `无法识别的时间：${text}，应如 2026-03-02 或 2026-03-02T10:00:00+08:00`,
    `Not a time: ${text}; write 2026-03-02 or 2026-03-02T10:00:00+08:00`,
  );
}

/** Nothing is there of an insurer that there is not, either. @throws HubRefusal */
const mustBeKnown = (hub: HubClient, insurer: string): Promise<unknown> =>
  hub.get(`/insurers/${encodeURIComponent(insurer)}`);

function queryOf(values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new URLSearchParams(given).toString();
}
