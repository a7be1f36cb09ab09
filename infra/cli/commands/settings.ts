import { type ClientOptions, show } from '../answer.ts';
import { hubOf } from '../client.ts';
import { readJsonFile } from '../read-json-file.ts';

/** The area's settings as JSON, everything that was not given with its default: what `set` takes. */
export async function showSettings(options: ClientOptions): Promise<void> {
  print(options, await hubOf(options).get('/settings'));
}

/** Replaces them as a whole. The hub refuses what is wrong and names every entry. */
export async function setSettings(file: string, options: ClientOptions): Promise<void> {
  print(options, await hubOf(options).put('/settings', await readJsonFile(file)));
}

/** People read JSON too: what they are shown is what they change. */
function print(options: ClientOptions, settings: unknown): void {
  show(options, settings, () => JSON.stringify(settings, null, 2));
}
