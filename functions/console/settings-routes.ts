import { explain, isRefusal } from '../../schemas/errors.ts';
import { parseSettings } from '../../schemas/settings.ts';
import type { Api } from '../runtime/http.ts';
import { problem } from '../runtime/http.ts';
import { readSettings, writeSettings } from '../runtime/settings-store.ts';

/** The area's settings, as a whole: what is not given takes the default of the specification. */
export function settingsRoutes(api: Api): void {
  api.get('/settings', async (context) => context.json(await readSettings()));
  api.put('/settings', async (context) => {
    const parsed = parseSettings(await context.req.json());
    if (isRefusal(parsed)) return problem(400, parsed.code, explain(parsed).zh, explain(parsed).en);
    await writeSettings(parsed);
    return context.json(parsed);
  });
}
