import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** CANBAO_SECRET, else the one in the data folder, made at the first start. */
export function hubSecretOf(data: string | undefined): string {
  const given = process.env.CANBAO_SECRET;
  if (given !== undefined) return createHash('sha256').update(given).digest('hex');
  if (data === undefined) return randomBytes(32).toString('hex');
  mkdirSync(data, { recursive: true });
  const path = join(data, 'secret');
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}

/** Whether a secret is there already, so that reading it makes none. */
export function hasHubSecret(data: string): boolean {
  return process.env.CANBAO_SECRET !== undefined || existsSync(join(data, 'secret'));
}
