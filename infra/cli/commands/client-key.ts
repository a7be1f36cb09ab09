import { clientKey, clientName } from '../../../functions/runtime/signatures/client-key.ts';
import { hasHubSecret, hubSecretOf } from '../hub-secret.ts';
import { UsageError } from '../usage-error.ts';

/** Shows the key with which a machine client of the embedded hub, or one of its operators, signs requests. */
export function showClientKey(client: string, { data, json }: { data: string; json?: boolean }): void {
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
  process.stdout.write(json === true ? `${JSON.stringify({ client, key })}\n` : `${key}\n`);
}
