import { addressOf, hubClient } from '../client.ts';
import { readJsonFile } from '../read-json-file.ts';

type Options = { endpoint?: string; data: string };

/** The area's settings as JSON, everything that was not given with its default: what `set` takes. */
export async function showSettings(options: Options): Promise<void> {
  print(await hubClient(addressOf(options)).get('/settings'));
}

/** Replaces them as a whole. The hub refuses what is wrong and names every entry. */
export async function setSettings(file: string, options: Options): Promise<void> {
  print(await hubClient(addressOf(options)).put('/settings', await readJsonFile(file)));
}

const print = (settings: unknown): void => {
  process.stdout.write(`${JSON.stringify(settings, null, 2)}\n`);
};
