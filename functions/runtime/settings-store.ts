import { z } from 'zod';
import { Settings } from '../../schemas/settings.ts';
import { environment } from './env.ts';
import { readObject, writeObject } from './object-store.ts';

const env = environment({ LAKE_BUCKET: z.string() });
const key = 'settings/area.json';

/** The area's settings; the defaults of the specification where the bureau has not set any. */
export async function readSettings(): Promise<Settings> {
  const stored = await readObject(env.LAKE_BUCKET, key);
  return Settings.parse(stored === undefined ? {} : JSON.parse(stored.toString('utf8')));
}

export async function writeSettings(settings: Settings): Promise<void> {
  await writeObject(env.LAKE_BUCKET, key, JSON.stringify(settings), 'application/json');
}
