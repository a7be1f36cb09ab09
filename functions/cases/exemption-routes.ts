import { z } from 'zod';
import { type Exemption, ExemptionProposal } from '../../schemas/exemption.ts';
import { type Api, problem } from '../runtime/http.ts';
import { hubSecret } from '../runtime/secret.ts';
import { readCase } from './case-store.ts';
import { listExemptions, readExemption, writeExemption } from './exemption-store.ts';
import { type Act, accept, type ExemptionRefusal, personKeyOf, propose, shown, withdraw } from './exemptions.ts';

const By = z.object({ by: z.string().trim().min(1).max(50).optional() });

/** A person is left out of XC-101 to XC-107 until a day: one person proposes it, another accepts it. */
export function exemptionRoutes(api: Api): void {
  api.get('/exemptions', async (context) => context.json({ exemptions: (await listExemptions()).map(shown) }));
  api.post('/cases/:ref/exemption', async (context) => {
    const { by, ...proposal } = By.extend(ExemptionProposal.shape).parse(await context.req.json());
    const ref = context.req.param('ref');
    const found = await readCase(ref);
    if (found === undefined) return problem(404, 'no-such-case', '没有该个案', 'There is no such case');
    const key = personKeyOf(await hubSecret(), ref, found.item.certno);
    if (key === undefined) return noNumber();
    const person = { person_ref: ref, person_key: key };
    return keep(propose(await readExemption(ref), person, proposal, actOf(context, by)));
  });
  for (const [name, act] of Object.entries({ accept, withdraw })) {
    api.post(`/cases/:ref/exemption/${name}`, async (context) => {
      const { by } = By.parse(await context.req.json());
      return keep(act(await readExemption(context.req.param('ref')), actOf(context, by)));
    });
  }
}

async function keep(next: Exemption | ExemptionRefusal): Promise<Response> {
  if (typeof next === 'string') return refusals[next]();
  return (await writeExemption(next)) ? Response.json(shown(next)) : refusals['wrong-state']();
}

/** A person beside the client whose key signed, where the request names one. */
function actOf(context: { get(name: 'client'): string; get(name: 'now'): Date }, by: string | undefined): Act {
  const client = context.get('client');
  return { by: by === undefined ? client : `${client}/${by}`, at: context.get('now').toISOString() };
}

const noNumber = (): Response =>
  problem(
    409,
    'exemption/no-number',
    '该人员没有可用的证件号码，无法豁免；请先核实证件号码',
    'This person has no usable certificate number to be exempt under; have the number verified first',
  );

const refusals: Readonly<Record<ExemptionRefusal, () => Response>> = {
  'none-proposed': () =>
    problem(
      404,
      'exemption/none-proposed',
      '该个案没有豁免申请；请先提出',
      'No exemption was proposed on this case; propose one first',
    ),
  'wrong-state': () =>
    problem(
      409,
      'exemption/wrong-state',
      '豁免的当前状态不允许此操作；请先查看',
      'The exemption is in a state that does not allow this; look at it first',
    ),
  'same-person': () =>
    problem(
      409,
      'exemption/same-person',
      '须由另一人批准，请以 --by 注明经办人',
      'Another person must accept it; say who with --by',
    ),
};
