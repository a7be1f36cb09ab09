import { z } from 'zod';
import { Settings } from '../../schemas/settings.ts';
import type { Api } from '../runtime/http.ts';
import { problem } from '../runtime/http.ts';
import { readSettings, writeSettings } from '../runtime/settings-store.ts';

/** The area's settings, as a whole: what is not given takes the default of the specification. */
export function settingsRoutes(api: Api): void {
  api.get('/settings', async (context) => context.json(await readSettings()));
  api.put('/settings', async (context) => {
    const parsed = Settings.safeParse(await context.req.json());
    if (!parsed.success) return problem(400, 'settings-invalid', '设置有误，未作改动', z.prettifyError(parsed.error));
    await writeSettings(parsed.data);
    return context.json(parsed.data);
  });
}
