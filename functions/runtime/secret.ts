import { z } from 'zod';
import { environment } from './env.ts';

const env = environment({ CANBAO_SECRET: z.string().min(32).optional(), CANBAO_SECRET_ARN: z.string().optional() });
let fetched: Promise<string> | undefined;

/**
 * The hub's own secret, from which person references and clients' keys are made. It never changes: every reference
 * would. It comes from the environment or, where only an ARN is given, from the secret store, once per instance.
 */
export function hubSecret(): Promise<string> {
  if (env.CANBAO_SECRET !== undefined) return Promise.resolve(env.CANBAO_SECRET);
  fetched ??= fetchSecret();
  return fetched;
}

async function fetchSecret(): Promise<string> {
  // Most instances have it in their environment and need not load the client.
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const { SecretString } = await new SecretsManagerClient({}).send(
    new GetSecretValueCommand({ SecretId: env.CANBAO_SECRET_ARN }),
  );
  if (SecretString === undefined) throw new Error('The hub has no secret: set CANBAO_SECRET or CANBAO_SECRET_ARN.');
  return SecretString;
}
