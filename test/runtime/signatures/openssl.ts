import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** OpenSSL's own program, as an oracle that shares no code with ours. */
export function openssl(args: readonly string[], files: Readonly<Record<string, string | Uint8Array>> = {}): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'canbao-openssl-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined when this machine's openssl can be asked about SM2 and SM3; else why it cannot. */
export function opensslLacks(): string | undefined {
  const { error, stdout } = spawnSync('openssl', ['list', '-public-key-algorithms'], { encoding: 'utf8' });
  if (error !== undefined) return 'there is no openssl on this machine';
  return /SM2/i.test(stdout) ? undefined : 'the openssl of this machine has no SM2';
}

/** SM2 signatures as OpenSSL writes them: SEQUENCE of two INTEGERs. */
export function rawOfDer(der: Uint8Array): Buffer {
  const first = 4 + der[3]!;
  const padded = (bytes: Uint8Array) => Buffer.concat([Buffer.alloc(32), bytes]).subarray(-32);
  return Buffer.concat([padded(der.subarray(4, first)), padded(der.subarray(first + 2))]);
}

export function derOfRaw(raw: Uint8Array): Buffer {
  const integer = (bytes: Uint8Array) => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const short = Buffer.from(bytes.subarray(start));
    const value = short[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short;
    return Buffer.concat([Buffer.from([2, value.length]), value]);
  };
  const both = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, both.length]), both]);
}

export function pem(label: 'PUBLIC KEY' | 'PRIVATE KEY', derHex: string): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(derHex, 'hex').toString('base64')}\n-----END ${label}-----\n`;
}
