import { z } from 'zod';
import { NewInsurerView, NewKeyView } from '../../../schemas/insurer.ts';
import { type Behaviour, downs } from '../../sandbox/adjuster.ts';
import { keysOf, type ShownKeys } from '../../sandbox/connect.ts';
import { type SandboxEvent, startMockInsurer } from '../../sandbox/mock-insurer.ts';
import { readJsonFile } from '../read-json-file.ts';
import { stopped } from '../stopped.ts';
import { UsageError } from '../usage-error.ts';
import { wallTime } from '../wall-time.ts';

/** What `canbao insurer add --json` shows, this once; pairs come with the part that this side needs. */
const KeyFile = NewInsurerView.pick({ id: true }).extend({
  keys: z.array(NewKeyView.pick({ kid: true, scheme: true, direction: true, secret: true, publicKey: true })).min(1),
});

type SandboxOptions = {
  keys: string;
  hub: string;
  port: number;
  answer: Behaviour['answer'];
  ratio: number;
  replyAfter: number;
  answerAfter: number;
  copies: number;
  outOfOrder?: boolean;
  wrongSignature?: boolean;
  wrongAmount?: boolean;
  down?: string;
  json?: boolean;
};

/** A mock insurer on this machine, until Ctrl-C. */
export async function insurerSandbox(options: SandboxOptions): Promise<void> {
  const { insurer, hubKeys, ownKeys } = await readKeys(options.keys);
  const sandbox = await startMockInsurer({
    webhookUrl: `${options.hub}/v1/insurers/${insurer}/webhooks`,
    hubKeys,
    ownKeys,
    port: options.port,
    behaviour: behaviourOf(options),
    onEvent: (event) => process.stdout.write(`${options.json ? JSON.stringify(event) : lineOf(event)}\n`),
  });
  const at = sandbox.url.replace('/webhooks', '');
  process.stderr.write(
    [
      `模拟保险公司 mock insurer ${insurer}: ${sandbox.url} · Ctrl-C 停止 to stop`,
      `改变行为 change how it behaves: curl -X PUT -d '{"down":503}' ${at}/behaviour`,
      `发送报文 let it send: curl -d '{"type":"policy.upserted","data":{…}}' ${at}/send`,
      '',
    ].join('\n'),
  );
  await stopped();
  await sandbox.stop();
}

function behaviourOf(options: SandboxOptions): Partial<Behaviour> {
  const { answer, ratio, copies, replyAfter, answerAfter, down } = options;
  return {
    answer,
    ratio,
    copies,
    replyAfterMs: replyAfter,
    answerAfterMs: answerAfter,
    outOfOrder: options.outOfOrder === true,
    wrongSignature: options.wrongSignature === true,
    wrongAmount: options.wrongAmount === true,
    ...(down === undefined ? {} : { down: downOf(down) }),
  };
}

function downOf(text: string): Behaviour['down'] {
  const found = downs.find((one) => String(one) === text);
  if (found === undefined)
    throw new UsageError(`--down 应为 ${downs.join('、')} 之一`, `--down is one of ${downs.join(', ')}`);
  return found;
}

async function readKeys(path: string): Promise<{ insurer: string } & ShownKeys> {
  const parsed = KeyFile.safeParse(await readJsonFile(path));
  if (!parsed.success)
    throw new UsageError(
      `密钥文件 ${path} 不是 canbao insurer add --json 的输出`,
      `The key file ${path} is not what "canbao insurer add --json" shows`,
    );
  const { hubKeys, ownKeys } = keysOf(parsed.data.keys);
  if (hubKeys.length === 0 || ownKeys.length === 0)
    throw new UsageError(
      `密钥文件 ${path} 缺少 ${hubKeys.length === 0 ? '验证枢纽签名的（out）' : '签名用的（in）'}密钥`,
      `The key file ${path} has no key to ${hubKeys.length === 0 ? 'verify the hub with (out)' : 'sign with (in)'}`,
    );
  return { insurer: parsed.data.id, hubKeys, ownKeys };
}

const lineOf = ({ at, direction, type, id, status, note }: SandboxEvent): string =>
  `${wallTime(at).slice(11)} ${direction === 'received' ? '收 ←' : '发 →'} ${type.padEnd(26)} ${String(status)} ${note.padEnd(24)} ${id}`;
