import { z } from 'zod';
import { type Case, caseTransitions } from '../../schemas/case.ts';
import { maskName, maskNumber } from '../../schemas/certificate.ts';
import { type Api, problem } from '../runtime/http.ts';
import { casesOfTownship, readCase } from './case-store.ts';
import { readExemption } from './exemption-store.ts';
import { shown } from './exemptions.ts';

const TownshipQuery = z.object({
  township: z.string().regex(/^(\d{9}|unknown)$/),
  state: z.enum(Object.keys(caseTransitions) as [keyof typeof caseTransitions]).default('open'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  after: z.string().optional(),
});

/** Cases by township or by person reference; names and numbers masked. */
export function caseRoutes(api: Api): void {
  api.get('/cases', async (context) => {
    const { township, state, limit, after } = TownshipQuery.parse(context.req.query());
    const page = await casesOfTownship(township, state, { limit, ...(after === undefined ? {} : { after }) });
    return context.json({ cases: page.cases.map(masked), next: page.next ?? null });
  });
  api.get('/cases/:ref', async (context) => {
    const ref = context.req.param('ref');
    const [found, exemption] = await Promise.all([readCase(ref), readExemption(ref)]);
    if (found === undefined) return problem(404, 'no-such-case', '没有该个案', 'There is no such case');
    return context.json({
      ...masked(found.item),
      events: found.events,
      ...(exemption === undefined ? {} : { exemption: shown(exemption) }),
    });
  });
}

const masked = (item: Case): Case => ({
  ...item,
  psn_name: maskName(item.psn_name),
  certno: maskNumber(item.certno, 'screen'),
});
