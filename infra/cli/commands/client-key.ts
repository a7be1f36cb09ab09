import type { Client } from '../../../functions/runtime/http.ts';
import { clientKey } from '../../../functions/runtime/signatures/client-key.ts';
import { hasHubSecret, hubSecretOf } from '../hub-secret.ts';
import { UsageError } from '../usage-error.ts';

const clients: readonly Client[] = ['operator', 'core'];

/** Shows the key with which a machine client of the embedded hub signs its requests. */
export function showClientKey(name: string, { data }: { data: string }): void {
  const client = clients.find((known) => known === name);
  if (client === undefined)
    throw new UsageError(
      `没有该客户端：${name}（${clients.join('、')}）`,
      `No such client: ${name}. Known: ${clients.join(', ')}`,
    );
  if (!hasHubSecret(data))
    throw new UsageError(
      `${data} 中没有枢纽：请先运行 npm run canbao -- up`,
      `No hub in ${data}: start one with "npm run canbao -- up"`,
    );
  process.stdout.write(`${clientKey(hubSecretOf(data), client)}\n`);
}
