import type { Context } from 'hono';
import { type Exemption, type ExemptionList, ExemptionProposal } from '../../schemas/exemption.ts';
import { type Api, type ApiVariables, problem, signerOf } from '../runtime/http.ts';
import { hubSecret } from '../runtime/secret.ts';
import { readCase } from './case-store.ts';
import { listExemptions, readExemption, writeExemption } from './exemption-store.ts';
import { type Act, accept, type ExemptionRefusal, personKeyOf, propose, shown, withdraw } from './exemptions.ts';

/** A person is left out of XC-101 to XC-107 until a day: one person proposes it, another accepts it, each with a key of their own. */
export function exemptionRoutes(api: Api): void {
  api.get('/exemptions', async (context) =>
    context.json({ exemptions: (await listExemptions()).map(shown) } satisfies ExemptionList),
  );
  api.post('/cases/:ref/exemption', async (context) => {
    if (context.get('person') === undefined) return ownKeyNeeded();
    const proposal = ExemptionProposal.parse(await context.req.json());
    const ref = context.req.param('ref');
    const found = await readCase(ref);
    if (found === undefined) return problem(404, 'no-such-case', '没有该个案', 'There is no such case');
    const key = personKeyOf(await hubSecret(), ref, found.item.certno);
    if (key === undefined) return noNumber();
    const person = { person_ref: ref, person_key: key };
    return keep(propose(await readExemption(ref), person, proposal, actOf(context)));
  });
  api.post('/cases/:ref/exemption/accept', async (context) => {
    if (context.get('person') === undefined) return ownKeyNeeded();
    return keep(accept(await readExemption(context.req.param('ref')), actOf(context)));
  });
  api.post('/cases/:ref/exemption/withdraw', async (context) =>
    keep(withdraw(await readExemption(context.req.param('ref')), actOf(context))),
  );
}

async function keep(next: Exemption | ExemptionRefusal): Promise<Response> {
  if (typeof next === 'string') return refusals[next]();
  return (await writeExemption(next)) ? Response.json(shown(next)) : refusals['wrong-state']();
}

const actOf = (context: Context<{ Variables: ApiVariables }>): Act => ({
  by: signerOf(context),
  at: context.get('now').toISOString(),
});

// A name beside a key that many share is only what somebody says.
const ownKeyNeeded = (): Response =>
  problem(
    403,
    'exemption/own-key-needed',
    '豁免须由两人分别以本人密钥提出和批准；请先领取本人密钥（canbao client-key operator/<姓名>）',
    'Two persons propose and accept an exemption, each with a key of their own; get one first (canbao client-key operator/<name>)',
  );

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
      '须由另一人以其本人密钥批准',
      'Another person must accept it, with a key of their own',
    ),
};
