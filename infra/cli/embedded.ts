import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientKey } from '../../functions/runtime/signatures/client-key.ts';
import { entryMetadata } from '../constructs/hub-function.ts';
import { type Hub, startHub } from '../local/hub.ts';
import type { CloudFormationTemplate } from '../synth.ts';
import { addressFile, type HubAddress, type HubClient, hubClient } from './client.ts';
import { hubSecretOf } from './hub-secret.ts';
import { logLine } from './log.ts';

const projectRoot = join(import.meta.dirname, '..', '..');

export type RunningHub = {
  readonly hub: Hub;
  readonly client: HubClient;
  readonly address: HubAddress;
  stop(): Promise<void>;
};

export type EmbeddedOptions = {
  /** Folder that keeps everything; absent: nothing outlives the process. */
  readonly data?: string;
  readonly port?: number;
  /** Whether the daily run and the sweeps fire by themselves. */
  readonly schedules: boolean;
  /** Whether functions that somebody waits for are loaded from the start: for a hub that stays up. */
  readonly warm?: boolean;
  /** Another module in the place of a handler's source, and another taker of log lines: for tests. */
  readonly entryOf?: (entry: string) => string;
  readonly log?: (line: object) => void;
};

/** Starts the embedded hub from the synthesized stack. */
export async function startEmbedded(options: EmbeddedOptions): Promise<RunningHub> {
  const secret = hubSecretOf(options.data);
  let template: CloudFormationTemplate | undefined;
  const hub = await startHub({
    // Loading CDK takes as long as all the rest of this process does, and Java starts meanwhile.
    template: async () => {
      template = (await import('../synth.ts')).embeddedTemplate();
      return template;
    },
    ...(options.data === undefined ? {} : { data: options.data }),
    port: options.port ?? 0,
    secret,
    schedules: options.schedules,
    warm: options.warm ?? false,
    // A step that died here is dead for certain: nothing has to wait until it might be.
    retrySeconds: 5,
    entryOf: (id) => {
      const entry = join(projectRoot, String(template!.Resources[id]?.Metadata?.[entryMetadata]));
      return options.entryOf?.(entry) ?? entry;
    },
    log: options.log ?? logLine(options.data),
  });
  const address = { endpoint: hub.url, key: clientKey(secret, 'operator') };
  if (options.data !== undefined)
    writeFileSync(join(options.data, addressFile), JSON.stringify(address), { mode: 0o600 });
  return {
    hub,
    client: hubClient(address, hub.clock.now),
    address,
    stop: async () => {
      if (options.data !== undefined) rmSync(join(options.data, addressFile), { force: true });
      await hub.stop();
    },
  };
}
