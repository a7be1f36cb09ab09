import type { RevokedKeys } from '../../../functions/console/revoked-keys.ts';
import { clientKey, clientName } from '../../../functions/runtime/signatures/client-key.ts';
import { type ClientOptions, show } from '../answer.ts';
import { hubOf } from '../client.ts';
import { hasHubSecret, hubSecretOf } from '../hub-secret.ts';
import { tableOf } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { wallTime } from '../wall-time.ts';

/** Shows the key with which a machine client of the embedded hub, or one of its operators, signs requests. */
export function showClientKey(client: string, { data, ...options }: Omit<ClientOptions, 'endpoint'>): void {
  if (!clientName.test(client))
    throw new UsageError(
      `没有该客户端：${client}（operator、core，或本人密钥 operator/<姓名>，如 operator/li：小写字母、数字、“.”与“-”，至多 30 字）`,
      `No such client: ${client}. Known are operator, core, and a person's own key operator/<name> such as operator/li: small letters, digits, dots and hyphens, 30 at most`,
    );
  if (!hasHubSecret(data))
    throw new UsageError(
      `${data} 中没有枢纽：请先运行 npm run canbao -- up`,
      `No hub in ${data}: start one with "npm run canbao -- up"`,
    );
  const key = clientKey(hubSecretOf(data), client);
  show(options, { client, key }, () => key);
}

export async function revokeClientKey(client: string, options: ClientOptions): Promise<void> {
  print(await hubOf(options).post<RevokedKeys>('/client-keys/revoke', { client }), options);
}

export async function listRevokedKeys(options: ClientOptions): Promise<void> {
  print(await hubOf(options).get<RevokedKeys>('/client-keys/revoked'), options);
}

function print(answer: RevokedKeys, options: ClientOptions): void {
  show(options, answer, () => {
    if (answer.revoked.length === 0) return '没有吊销的密钥 · no key was revoked';
    const table = tableOf(['已吊销 revoked', '经办 by', '时间 at']);
    for (const { client, by, at } of answer.revoked) table.push([client, by, wallTime(at)]);
    return table.toString();
  });
}
