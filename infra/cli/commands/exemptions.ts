import type { ExemptionList, ExemptionView as Shown } from '../../../schemas/exemption.ts';
import { type ClientOptions, show } from '../answer.ts';
import { hubOf } from '../client.ts';
import { tableOf } from '../table.ts';

const states: Record<Shown['state'], string> = {
  proposed: '待批准 proposed',
  accepted: '已批准 accepted',
  withdrawn: '已撤回 withdrawn',
};

export async function listExemptions(options: ClientOptions): Promise<void> {
  const { exemptions } = await hubOf(options).get<ExemptionList>('/exemptions');
  print(options, exemptions);
}

export async function propose(
  ref: string,
  { reason, until, ...options }: ClientOptions & { reason: string; until: string },
): Promise<void> {
  print(options, await hubOf(options).post<Shown>(path(ref), { reason, until }));
}

export async function decide(act: 'accept' | 'withdraw', ref: string, options: ClientOptions): Promise<void> {
  print(options, await hubOf(options).post<Shown>(`${path(ref)}/${act}`, {}));
}

const path = (ref: string): string => `/cases/${encodeURIComponent(ref)}/exemption`;

function print(options: ClientOptions, answer: Shown | Shown[]): void {
  show(options, answer, () => describe([answer].flat()));
}

function describe(exemptions: readonly Shown[]): string {
  if (exemptions.length === 0) return '没有豁免 · no exemptions';
  const table = tableOf(['人员 person', '状态 state', '至 until', '理由 reason', '经办 by']);
  for (const { person_ref, state, until, reason, steps } of exemptions)
    table.push([person_ref, states[state], until, reason, steps.map(({ to, by }) => `${to} ${by}`).join('\n')]);
  return table.toString();
}
