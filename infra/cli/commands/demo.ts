import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countyCode, countyName, townships } from '../../county/places.ts';
import { writeCounty } from '../../county/write-county.ts';
import { checkFiles } from '../check.ts';
import { startEmbedded } from '../embedded.ts';
import { filesOf } from '../exchange.ts';
import { progress } from '../progress.ts';
import { showOutcome } from '../show-outcome.ts';
import { stopped } from '../stopped.ts';
import { demoSettlement, showSettlementDemo } from './demo-settlement.ts';

/** The as-of date of the demonstration county: the middle of the insurance year of the policy texts' figures. */
const asOf = '2022-06-30';

export async function demo(options: {
  people: number;
  seed: number;
  port: number;
  exit?: boolean;
  out: string;
  json?: boolean;
}): Promise<void> {
  const quiet = options.json === true;
  const folder = await mkdtemp(join(tmpdir(), 'canbao-county-'));
  try {
    const made = progress('造县 county', quiet);
    await writeCounty({
      people: options.people,
      seed: options.seed,
      asOf,
      folder,
      form: 'messy',
      onProgress: (done, total) => made.update(done, total),
    });
    made.stop();
    const embedded = await startEmbedded({ port: options.exit === true ? 0 : options.port, schedules: false });
    try {
      await embedded.client.put('/settings', { area: { code: countyCode, name: countyName }, townships });
      const outcome = await checkFiles(embedded.client, filesOf(folder, asOf).pushes, {
        asOf,
        out: options.out,
        quiet,
      });
      await embedded.hub.idle();
      process.stdout.write(`${showOutcome(outcome, options.out, quiet)}\n`);
      const settled = await demoSettlement(embedded, options.out);
      if (!quiet) process.stdout.write(`\n${showSettlementDemo(settled)}\n`);
      process.exitCode = outcome.run.state === 'completed' ? 0 : 1;
      if (options.exit !== true) {
        process.stderr.write(`枢纽运行中 the hub is running: ${embedded.address.endpoint} · Ctrl-C 停止 to stop\n`);
        await stopped();
      }
    } finally {
      await embedded.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
