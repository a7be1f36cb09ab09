import { type Case, type CaseHistory, type CasePage, CasesQuery } from '../../schemas/case.ts';
import { maskName, maskNumber } from '../../schemas/certificate.ts';
import { type Api, problem } from '../runtime/http.ts';
import { casesOfTownship, readCase } from './case-store.ts';
import { readExemption } from './exemption-store.ts';
import { shown } from './exemptions.ts';

/** Cases by township or by person reference; names and numbers masked. */
export function caseRoutes(api: Api): void {
  api.get('/cases', async (context) => {
    const { township, state, limit, after } = CasesQuery.parse(context.req.query());
    const page = await casesOfTownship(township, state, { limit, ...(after === undefined ? {} : { after }) });
    return context.json({ cases: page.cases.map(masked), next: page.next ?? null } satisfies CasePage);
  });
  api.get('/cases/:ref', async (context) => {
    const ref = context.req.param('ref');
    const [found, exemption] = await Promise.all([readCase(ref), readExemption(ref)]);
    if (found === undefined) return problem(404, 'no-such-case', '没有该个案', 'There is no such case');
    return context.json({
      ...masked(found.item),
      events: found.events,
      ...(exemption === undefined ? {} : { exemption: shown(exemption) }),
    } satisfies CaseHistory);
  });
}

const masked = (item: Case): Case => ({
  ...item,
  psn_name: maskName(item.psn_name),
  certno: maskNumber(item.certno, 'screen'),
});
